import { circle, n, pointAt, polyline, range, rectangle, spread } from '../canvas.ts';
import type { Canvas, Motif, Point } from '../canvas.ts';
import { mix } from './landscapes.ts';

const ground = ({ width, height }: Canvas, colour: string): string => rectangle(0, 0, width, height, colour);

interface Cell extends Point {
  readonly size: number;
}

/** Square cells that cover the canvas, cut off at its edges. */
function cellsOf({ width, height }: Canvas, across: number): Cell[] {
  const size = Math.max(width, height) / across;
  return range(Math.ceil(height / size)).flatMap((row) =>
    range(Math.ceil(width / size)).map((column) => ({ x: column * size, y: row * size, size })),
  );
}

/** Overlapping scales, as on old Japanese cloth. */
export const scales: Motif = (canvas) => {
  const { width, height, palette, random } = canvas;
  const radius = random.between(55, 95);
  const rows = range(Math.ceil(height / (radius / 2)) + 2).flatMap((row) =>
    range(Math.ceil(width / (2 * radius)) + 2).map((column) => ({
      x: column * 2 * radius - (row % 2 === 0 ? 0 : radius),
      y: row * (radius / 2),
    })),
  );
  const drawn = rows.map((center) => {
    const colour = random.pick(palette.accents);
    return [1, 0.78, 0.56, 0.34]
      .map((scale, index) =>
        circle(
          center,
          radius * scale,
          `fill="${index % 2 === 0 ? colour : palette.pale}" stroke="${palette.dark}" stroke-opacity="0.35" stroke-width="2"`,
        ),
      )
      .join('');
  });
  return ground(canvas, palette.pale) + drawn.join('');
};

/** Smith's tiles: two quarter circles each, turned at random, make paths without end. */
export const paths: Motif = (canvas) => {
  const { palette, random } = canvas;
  const drawn = cellsOf(canvas, random.integer(8, 14)).map(({ x, y, size }) => {
    const half = size / 2;
    const arc = (from: Point, to: Point): string =>
      `M ${n(from.x)} ${n(from.y)} A ${n(half)} ${n(half)} 0 0 0 ${n(to.x)} ${n(to.y)}`;
    const [top, right, bottom, left] = [
      { x: x + half, y },
      { x: x + size, y: y + half },
      { x: x + half, y: y + size },
      { x, y: y + half },
    ];
    const arcs = random.chance(0.5) ? [arc(top, right), arc(bottom, left)] : [arc(left, top), arc(right, bottom)];
    const stroke = (colour: string, width: number): string =>
      arcs.map((path) => `<path d="${path}" fill="none" stroke="${colour}" stroke-width="${n(width)}"/>`).join('');
    return (
      stroke(palette.dark, size * 0.42) + stroke(palette.accents[0], size * 0.32) + stroke(palette.pale, size * 0.07)
    );
  });
  return ground(canvas, mix(palette.accents[2], palette.pale, 0.35)) + drawn.join('');
};

type Tile = (cell: Cell, colours: readonly [string, string]) => string;

const tiles: readonly [Tile, ...Tile[]] = [
  ({ x, y, size }, [a]) =>
    `<path d="M ${n(x)} ${n(y)} h ${n(size)} A ${n(size)} ${n(size)} 0 0 1 ${n(x)} ${n(y + size)} Z" fill="${a}"/>`,
  ({ x, y, size }, [a, b]) =>
    circle({ x: x + size / 2, y: y + size / 2 }, size / 2, `fill="${a}"`) +
    circle({ x: x + size / 2, y: y + size / 2 }, size / 5, `fill="${b}"`),
  ({ x, y, size }, [a, b]) =>
    `<path d="M ${n(x)} ${n(y)} h ${n(size)} l ${n(-size)} ${n(size)} Z" fill="${a}"/><path d="M ${n(x + size)} ${n(y + size)} v ${n(-size / 2)} l ${n(-size / 2)} ${n(size / 2)} Z" fill="${b}"/>`,
  ({ x, y, size }, [a, b]) =>
    range(4)
      .map((index) => rectangle(x, y + (size / 4) * index, size, size / 4, index % 2 === 0 ? a : b))
      .join(''),
  ({ x, y, size }, [a, b]) =>
    [1, 0.66, 0.33]
      .map(
        (scale, index) =>
          `<path d="M ${n(x)} ${n(y + size)} v ${n(-size * scale)} A ${n(size * scale)} ${n(size * scale)} 0 0 1 ${n(x + size * scale)} ${n(y + size)} Z" fill="${index % 2 === 0 ? a : b}"/>`,
      )
      .join(''),
];

/** A sampler of plain shapes, as a school of design would set them. */
export const bauhaus: Motif = (canvas) => {
  const { palette, random } = canvas;
  const drawn = cellsOf(canvas, random.integer(5, 8)).map((cell) => {
    const [first, second] = [random.integer(0, 4), random.integer(1, 4)];
    const colour = (index: number): string => palette.accents[index % 5] ?? palette.dark;
    const turn = `rotate(${random.integer(0, 3) * 90} ${n(cell.x + cell.size / 2)} ${n(cell.y + cell.size / 2)})`;
    const paper = random.chance(0.25)
      ? palette.dark
      : mix(palette.pale, colour(first + second + 1), random.pick([0, 0.12, 0.3]));
    return (
      rectangle(cell.x, cell.y, cell.size + 0.5, cell.size + 0.5, paper) +
      `<g transform="${turn}">${random.pick(tiles)(cell, [colour(first), colour(first + second)])}</g>`
    );
  });
  return drawn.join('');
};

/** A map of hills: the same outline again and again, a little smaller. */
export const contours: Motif = (canvas) => {
  const { width, height, palette, random } = canvas;
  const hills = range(4).map((hill) => {
    const center = { x: width * random.between(0.1, 0.9), y: height * random.between(0.1, 0.9) };
    const waves = range(4).map((index) => ({
      times: index + 2,
      weight: random.between(0.02, 0.13) / (index * 0.5 + 1),
      phase: random.between(0, 6.28),
    }));
    const reach = (hill === 0 ? 0.95 : random.between(0.35, 0.6)) * Math.max(width, height) * 0.62;
    const rings = 15;
    return spread(rings, 1, 0.06).map((scale, ring) => {
      const points = spread(73, 0, 2 * Math.PI).map((angle) => {
        const bulge = waves.reduce(
          (sum, { times, weight, phase }) => sum + weight * Math.sin(times * angle + phase + scale),
          1,
        );
        return pointAt(center, reach * scale * bulge, angle);
      });
      const fill = mix(mix(palette.accents[2], palette.dark, 0.5), palette.sky[2], ring / rings);
      return `<path d="M ${polyline(points)} Z" fill="${fill}" stroke="${palette.dark}" stroke-opacity="0.45" stroke-width="${ring % 5 === 0 ? 3 : 1.2}"/>`;
    });
  });
  return ground(canvas, mix(palette.accents[2], palette.dark, 0.55)) + hills.flat().join('');
};

/** Seeds of a sunflower: each turned by the golden angle. */
export const seeds: Motif = (canvas) => {
  const { width, height, palette, random } = canvas;
  const center = { x: width * random.between(0.42, 0.58), y: height * random.between(0.42, 0.58) };
  const count = 620;
  const reach = Math.hypot(width, height) * 0.56;
  const golden = Math.PI * (3 - Math.sqrt(5));
  const drawn = range(count).map((index) => {
    const share = Math.sqrt(index / count);
    const colour = mix(palette.accents[index % 8 < 5 ? 0 : 1] ?? palette.light, palette.accents[3], share);
    return circle(
      pointAt(center, reach * share, index * golden),
      5 + 15 * share,
      `fill="${index % 13 === 0 ? palette.light : colour}"`,
    );
  });
  return ground(canvas, palette.dark) + drawn.join('');
};

/** Lines that hide what lies behind them, as a pulsar's signal was once printed. */
export const ridgelines: Motif = (canvas) => {
  const { width, height, palette, random } = canvas;
  const lines = random.integer(34, 46);
  const middle = width * random.between(0.4, 0.6);
  const drawn = spread(lines, height * 0.16, height * 0.92).map((base, line) => {
    const bumps = range(6).map(() => ({
      at: middle + random.between(-0.24, 0.24) * width,
      tall: random.between(0.01, 0.08) * height,
      wide: random.between(0.015, 0.05) * width,
    }));
    const points = spread(140, width * 0.06, width * 0.94).map((x) => {
      const lift = bumps.reduce((sum, { at, tall, wide }) => sum + tall * Math.exp(-(((x - at) / wide) ** 2)), 0);
      return { x, y: base - lift - random.between(0, 2.5) };
    });
    return `<path d="M ${polyline(points)}" fill="${palette.dark}" stroke="${mix(palette.light, palette.accents[line % 2 === 0 ? 0 : 3], line / lines)}" stroke-width="2.4" stroke-linejoin="round"/>`;
  });
  return ground(canvas, palette.dark) + drawn.join('');
};

/** Stems that lean into the light. */
export const leaves: Motif = (canvas) => {
  const { width, height, palette, random } = canvas;
  const leaf = (at: Point, angle: number, length: number, colour: string): string =>
    `<g transform="translate(${n(at.x)} ${n(at.y)}) rotate(${n((angle * 180) / Math.PI)})"><path d="M 0 0 C ${n(length * 0.3)} ${n(-length * 0.32)} ${n(length * 0.75)} ${n(-length * 0.26)} ${n(length)} 0 C ${n(length * 0.75)} ${n(length * 0.26)} ${n(length * 0.3)} ${n(length * 0.32)} 0 0 Z" fill="${colour}"/><path d="M 0 0 H ${n(length * 0.9)}" stroke="${palette.pale}" stroke-opacity="0.6" stroke-width="2"/></g>`;
  const stems = spread(random.integer(5, 7), 0.1, 0.9).flatMap((at) => {
    const foot = { x: width * at, y: height * 1.02 };
    const lean = random.between(-0.18, 0.18);
    const tall = height * random.between(0.6, 0.95);
    const colour = random.pick(palette.accents);
    const joints = spread(9, 0.12, 1).map((share) => ({
      share,
      point: { x: foot.x + lean * tall * share ** 2, y: foot.y - tall * share },
    }));
    const stem = `<path d="M ${polyline([foot, ...joints.map(({ point }) => point)])}" fill="none" stroke="${mix(colour, palette.dark, 0.5)}" stroke-width="5" stroke-linecap="round"/>`;
    const grown = joints.map(({ share, point }, index) => {
      const length = 150 * (1.1 - share) + 40;
      const tilt = index === joints.length - 1 ? -Math.PI / 2 : index % 2 === 0 ? -0.55 : Math.PI + 0.55;
      return leaf(point, tilt + lean, length, mix(colour, index % 2 === 0 ? palette.dark : palette.light, 0.18));
    });
    return [stem, ...grown];
  });
  return ground(canvas, mix(palette.pale, palette.sky[2], 0.25)) + stems.join('');
};
