import { circle, n, range, rectangle, spread, verticalGradient } from '../canvas.ts';
import type { Canvas, Motif } from '../canvas.ts';
import { mix, skyOf } from './landscapes.ts';

function stars({ width, height, palette, random }: Canvas, count: number): string {
  return range(count)
    .map(() => {
      const point = { x: random.between(0, width), y: random.between(0, height * 0.8) };
      return circle(
        point,
        random.between(0.5, 1) ** 3 * 2.6,
        `fill="${palette.light}" fill-opacity="${n(random.between(0.35, 1))}"`,
      );
    })
    .join('');
}

/** Curtains of light over firs. */
export const aurora: Motif = (canvas) => {
  const { width, height, palette, random } = canvas;
  const curtains = range(3).flatMap((band) => {
    const base = height * random.between(0.4, 0.62);
    const phase = random.between(0, 6);
    const colour = palette.accents[(band * 2 + random.integer(0, 1)) % palette.accents.length] ?? palette.light;
    const id = `band${band}`;
    const gradient = `<linearGradient id="${id}" x1="0" y1="0" x2="0" y2="1"><stop offset="0" stop-color="${colour}" stop-opacity="0"/><stop offset="0.8" stop-color="${colour}" stop-opacity="0.2"/><stop offset="1" stop-color="${colour}" stop-opacity="0"/></linearGradient>`;
    const rays = spread(90, -0.02 * width, width).map((x, index) => {
      const foot = base + Math.sin(x / (width * 0.13) + phase) * height * 0.06;
      const length = height * (0.28 + 0.14 * Math.sin(index * 0.7 + phase) + random.between(0, 0.06));
      return rectangle(x, foot - length, width / 45, length, `url(#${id})`);
    });
    return [`<defs>${gradient}</defs>`, ...rays];
  });
  const firs = spread(34, -0.02 * width, width * 1.02).map((x) => {
    const tall = height * random.between(0.07, 0.2);
    const wide = tall * 0.34;
    const tiers = range(4).map((tier) => {
      const top = height - tall + (tall * tier) / 5;
      const half = (wide * (tier + 1.2)) / 5;
      return `M ${n(x)} ${n(top)} l ${n(half)} ${n(tall * 0.32)} h ${n(-2 * half)} Z`;
    });
    return `<path d="${tiers.join(' ')}" fill="${palette.dark}"/>`;
  });
  return [
    `<defs>${verticalGradient('night', [palette.dark, mix(palette.dark, palette.sky[0], 0.8), mix(palette.sky[0], palette.sky[1], 0.5)])}</defs>`,
    rectangle(0, 0, width, height, 'url(#night)'),
    stars(canvas, 160),
    ...curtains,
    ...firs,
    rectangle(0, height * 0.985, width, height * 0.015, palette.dark),
  ].join('');
};

/** Houses at dusk, some of them still awake. */
export const city: Motif = (canvas) => {
  const { width, height, palette, random } = canvas;
  const rows = spread(3, 0.5, 0.72).map((roof, row) => {
    const colour = mix(palette.sky[1], palette.dark, 0.45 + row * 0.27);
    const houses: string[] = [];
    for (let x = -20; x < width;) {
      const wide = random.between(0.05, 0.11) * 1000;
      const top = height * roof - random.between(-0.08, 0.22) * height * (1 - row * 0.25);
      houses.push(rectangle(x, top, wide, height - top, colour));
      if (random.chance(0.3)) houses.push(rectangle(x + wide * 0.45, top - 34, 5, 34, colour));
      houses.push(...windowsOf(canvas, { x, top, wide, row }));
      x += wide + random.between(0, 12);
    }
    return houses.join('');
  });
  return skyOf(canvas, 0.08, 0.5) + rows.join('');
};

function windowsOf(
  { height, palette, random }: Canvas,
  { x, top, wide, row }: { x: number; top: number; wide: number; row: number },
): string[] {
  const size = 8 + row * 2;
  const columns = Math.floor((wide - size) / (size * 2));
  const margin = (wide - columns * size * 2 + size) / 2;
  return range(Math.min(14, Math.floor((height - top) / (size * 2.6)))).flatMap((floor) =>
    range(columns)
      .filter(() => random.chance(0.38))
      .map((column) =>
        rectangle(
          x + margin + column * size * 2,
          top + size * (1.2 + floor * 2.6),
          size,
          size * 1.5,
          random.chance(0.8) ? palette.light : palette.accents[3],
        ),
      ),
  );
}
