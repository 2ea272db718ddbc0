import { circle, glow, n, pointAt, range, rectangle, ringSector } from '../canvas.ts';
import type { Canvas, Motif, Point } from '../canvas.ts';

function wall({ width, height, palette }: Canvas, center: Point, radius: number): string {
  return (
    `<defs>${glow('halo', palette.light, 0.55)}${glow('sun', palette.light, 0.9)}</defs>` +
    rectangle(0, 0, width, height, palette.dark) +
    circle(center, radius * 1.5, 'fill="url(#halo)"')
  );
}

/** Panes of one ring, each a shade of the palette, held by lead. */
function panes(
  canvas: Canvas,
  center: Point,
  [inner, outer]: [number, number],
  [from, to]: [number, number],
  count: number,
): string {
  const { palette, random } = canvas;
  const shift = random.integer(0, 4);
  return range(count)
    .map((index) => {
      const step = (to - from) / count;
      const colour = palette.accents[(index * 2 + shift) % palette.accents.length] ?? palette.pale;
      const path = ringSector(center, inner, outer, from + step * index, from + step * (index + 1));
      const shade = random.between(0.72, 1);
      return `<path d="${path}" fill="${colour}" fill-opacity="${n(shade)}" stroke="${palette.dark}" stroke-width="${n(outer * 0.014)}"/>`;
    })
    .join('');
}

/** The window this project is named after: half a circle of glass above a door. */
export const fanlight: Motif = (canvas) => {
  const { width, height, palette, random } = canvas;
  const radius = Math.min(width * 0.46, height * 0.8);
  const center = { x: width / 2, y: height / 2 + radius * 0.48 };
  const sectors = random.pick([7, 8, 9, 10, 12]);
  const half: [number, number] = [Math.PI, 2 * Math.PI];
  const voussoirs = range(15).map((index) => {
    const from = Math.PI + (Math.PI / 15) * index;
    const path = ringSector(center, radius, radius * 1.13, from, from + Math.PI / 15);
    return `<path d="${path}" fill="${palette.pale}" fill-opacity="${n(index === 7 ? 1 : random.between(0.72, 0.9))}" stroke="${palette.dark}" stroke-width="2"/>`;
  });
  const scallops = range(sectors).map((index) => {
    const angle = Math.PI + (Math.PI / sectors) * (index + 0.5);
    return circle(
      pointAt(center, radius * 0.86, angle),
      (radius * 0.86 * Math.PI) / sectors / 2.4,
      `fill="${palette.light}" fill-opacity="0.35" stroke="${palette.dark}" stroke-width="3"`,
    );
  });
  return [
    wall(canvas, center, radius),
    ...voussoirs,
    panes(canvas, center, [radius * 0.72, radius], half, sectors * 2),
    panes(canvas, center, [radius * 0.3, radius * 0.72], half, sectors),
    ...scallops,
    panes(canvas, center, [radius * 0.12, radius * 0.3], half, Math.ceil(sectors / 2)),
    `<path d="${ringSector(center, 0.1, radius * 0.12, ...half)}" fill="${palette.light}"/>`,
    `<path d="${ringSector(center, 0.1, radius, ...half)}" fill="url(#sun)" fill-opacity="0.6"/>`,
    rectangle(center.x - radius * 1.16, center.y, radius * 2.32, radius * 0.09, palette.pale),
    rectangle(center.x - radius * 1.16, center.y + radius * 0.075, radius * 2.32, radius * 0.015, palette.dark),
  ].join('');
};

/** A rose window: rings of petals around a lit centre. */
export const rose: Motif = (canvas) => {
  const { width, height, palette, random } = canvas;
  const center = { x: width / 2, y: height / 2 };
  const radius = Math.min(width, height) * 0.46;
  const petals = random.pick([8, 10, 12, 16]);
  const full: [number, number] = [-Math.PI / 2, 1.5 * Math.PI];
  const ringOfCircles = (at: number, size: number, count: number, turn: number, colour: string): string =>
    range(count)
      .map((index) => pointAt(center, radius * at, ((2 * Math.PI) / count) * (index + turn)))
      .map(
        (point) =>
          circle(point, radius * size, `fill="${colour}" stroke="${palette.dark}" stroke-width="4"`) +
          circle(point, radius * size * 0.5, `fill="${palette.light}" fill-opacity="0.5"`),
      )
      .join('');
  return [
    wall(canvas, center, radius),
    circle(center, radius * 1.03, `fill="${palette.pale}"`),
    panes(canvas, center, [radius * 0.78, radius], full, petals * 2),
    ringOfCircles(0.89, 0.42 / petals + 0.02, petals, 0.5, palette.accents[1]),
    panes(canvas, center, [radius * 0.36, radius * 0.78], full, petals),
    ringOfCircles(0.62, 0.95 / petals, petals, 0.5, palette.accents[4]),
    panes(canvas, center, [radius * 0.14, radius * 0.36], full, petals / 2),
    ringOfCircles(0.25, 0.055, petals / 2, 0.25, palette.accents[0]),
    circle(center, radius * 0.14, `fill="${palette.light}" stroke="${palette.dark}" stroke-width="5"`),
    circle(center, radius, 'fill="url(#sun)" fill-opacity="0.55"'),
  ].join('');
};
