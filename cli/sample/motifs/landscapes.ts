import { circle, glow, n, polyline, range, rectangle, spread, verticalGradient } from '../canvas.ts';
import type { Canvas, Motif, Point } from '../canvas.ts';
import type { Random } from '../random.ts';

/** Sky with a sun or moon; `#sky` and `#halo` are defined by it. */
export function skyOf({ width, height, palette, random }: Canvas, sunSize: number, horizon: number): string {
  const sun = { x: width * random.between(0.2, 0.8), y: height * horizon * random.between(0.35, 0.8) };
  const radius = Math.min(width, height) * sunSize;
  return (
    `<defs>${verticalGradient('sky', palette.sky)}${glow('halo', palette.light, 0.6)}</defs>` +
    rectangle(0, 0, width, height, 'url(#sky)') +
    circle(sun, radius * 4, 'fill="url(#halo)"') +
    circle(sun, radius, `fill="${palette.light}"`)
  );
}

const channel = (colour: string, at: number): number => parseInt(colour.slice(at, at + 2), 16);

/** Mixes two `#rrggbb` colours. */
export function mix(a: string, b: string, share: number): string {
  const mixed = [1, 3, 5].map((at) => Math.round(channel(a, at) * (1 - share) + channel(b, at) * share));
  return `#${mixed.map((value) => value.toString(16).padStart(2, '0')).join('')}`;
}

const closedBelow = (points: readonly Point[], { width, height }: Canvas): string =>
  `M 0 ${n(height)} L ${polyline(points)} L ${n(width)} ${n(height)} Z`;

/** Sums of a few sines: smooth, never repeating within the picture. */
function swell(random: Random, width: number, waves: number): (x: number) => number {
  const parts = range(3).map((index) => ({
    frequency: ((2 * Math.PI * waves) / width) * (index + 1) * random.between(0.7, 1.2),
    phase: random.between(0, 2 * Math.PI),
    weight: 1 / (index + 1) ** 1.6,
  }));
  return (x) => parts.reduce((sum, { frequency, phase, weight }) => sum + weight * Math.sin(x * frequency + phase), 0);
}

/** Layers of sand, each lit along its crest. */
export const dunes: Motif = (canvas) => {
  const { width, height, palette, random } = canvas;
  const layers = random.integer(5, 7);
  const drawn = spread(layers, 0.45, 0.9).map((at, index) => {
    const crest = swell(random, width, random.between(0.5, 1.1));
    const points = spread(60, 0, width).map((x) => ({ x, y: height * (at + 0.05 * crest(x)) }));
    const colour = mix(mix(palette.accents[1], palette.sky[2], 0.55), palette.dark, index / layers);
    const id = `dune${index}`;
    return (
      `<defs>${verticalGradient(id, [mix(colour, palette.light, 0.35), colour, mix(colour, palette.dark, 0.45)])}</defs>` +
      `<path d="${closedBelow(points, canvas)}" fill="url(#${id})"/>` +
      `<path d="M ${polyline(points)}" fill="none" stroke="${palette.light}" stroke-opacity="0.35" stroke-width="${n(1 + index * 0.4)}"/>`
    );
  });
  return skyOf(canvas, 0.07, 0.45) + drawn.join('');
};

/** Midpoint displacement: each half gets half the roughness. */
function ridge(random: Random, steps: number, roughness: number): number[] {
  let heights = [random.between(-1, 1), random.between(-1, 1)];
  for (let scale = 1, round = 0; round < steps; round++, scale *= roughness)
    heights = heights.flatMap((value, index) => {
      const next = heights[index + 1];
      return next === undefined ? [value] : [value, (value + next) / 2 + random.between(-scale, scale)];
    });
  return heights;
}

/** Ranges behind ranges, paler the farther. */
export const mountains: Motif = (canvas) => {
  const { width, height, palette, random } = canvas;
  const layers = 6;
  const drawn = spread(layers, 0.42, 0.92).map((at, index) => {
    const heights = ridge(random, 7, 0.55);
    const points = heights.map((value, step) => ({
      x: (width * step) / (heights.length - 1),
      y: height * (at + value * 0.085),
    }));
    const colour = mix(palette.sky[2], palette.dark, (index + 0.7) / layers);
    const id = `range${index}`;
    return `<defs>${verticalGradient(id, [colour, mix(colour, palette.sky[2], 0.45)])}</defs><path d="${closedBelow(points, canvas)}" fill="url(#${id})"/>`;
  });
  return skyOf(canvas, 0.06, 0.5) + drawn.join('');
};

/** A low sun and its path of light on the water. */
export const sea: Motif = (canvas) => {
  const { width, height, palette, random } = canvas;
  const horizon = height * random.between(0.52, 0.62);
  const sun = { x: width * random.between(0.35, 0.65), y: horizon };
  const radius = Math.min(width, height) * random.between(0.16, 0.24);
  const strokes = range(90).map(() => {
    const depth = random.between(0, 1) ** 1.4;
    const y = horizon + (height - horizon) * depth;
    const half = radius * (0.25 + depth * 1.5) * random.between(0.2, 1);
    const x = sun.x + random.between(-1, 1) * radius * (0.5 + depth) * 0.7;
    return `<path d="M ${n(x - half)} ${n(y)} h ${n(half * 2)}" stroke="${random.chance(0.7) ? palette.light : palette.accents[0]}" stroke-opacity="${n(random.between(0.25, 0.75))}" stroke-width="${n(1.5 + depth * 6)}" stroke-linecap="round"/>`;
  });
  return [
    `<defs>${verticalGradient('sky', palette.sky)}${glow('halo', palette.light, 0.6)}${verticalGradient('water', [mix(palette.sky[1], palette.sky[2], 0.4), mix(palette.sky[0], palette.dark, 0.5)])}${verticalGradient('disc', [palette.light, mix(palette.light, palette.accents[0], 0.6)])}</defs>`,
    rectangle(0, 0, width, height, 'url(#sky)'),
    circle(sun, radius * 3, 'fill="url(#halo)"'),
    circle(sun, radius, 'fill="url(#disc)"'),
    rectangle(0, horizon, width, height - horizon, 'url(#water)'),
    ...strokes,
  ].join('');
};
