import type { Palette } from './palettes.ts';
import type { Random } from './random.ts';

/** What a motif draws on: its own units, the longer side being 1,000 of them, whatever the picture's pixels. */
export interface Canvas {
  readonly width: number;
  readonly height: number;
  readonly palette: Palette;
  readonly random: Random;
}

/** Draws one picture as the inside of an SVG. */
export type Motif = (canvas: Canvas) => string;

export interface Point {
  readonly x: number;
  readonly y: number;
}

/** Two decimals are a hundredth of the thinnest line. */
export const n = (value: number): string => String(Math.round(value * 100) / 100);

export const pointAt = (center: Point, radius: number, angle: number): Point => ({
  x: center.x + radius * Math.cos(angle),
  y: center.y + radius * Math.sin(angle),
});

export const range = (length: number): number[] => Array.from({ length }, (_, index) => index);

/** `count` values from first to last, both included. */
export const spread = (count: number, first: number, last: number): number[] =>
  range(count).map((index) => first + ((last - first) * index) / Math.max(1, count - 1));

export const rectangle = (x: number, y: number, width: number, height: number, fill: string): string =>
  `<rect x="${n(x)}" y="${n(y)}" width="${n(width)}" height="${n(height)}" fill="${fill}"/>`;

export const circle = ({ x, y }: Point, radius: number, attributes: string): string =>
  `<circle cx="${n(x)}" cy="${n(y)}" r="${n(radius)}" ${attributes}/>`;

export const polyline = (points: readonly Point[]): string => points.map(({ x, y }) => `${n(x)} ${n(y)}`).join(' L ');

/** A vertical gradient to be used as `url(#id)`. */
export function verticalGradient(id: string, colours: readonly string[]): string {
  const stops = colours.map(
    (colour, index) => `<stop offset="${n(index / Math.max(1, colours.length - 1))}" stop-color="${colour}"/>`,
  );
  return `<linearGradient id="${id}" x1="0" y1="0" x2="0" y2="1">${stops.join('')}</linearGradient>`;
}

/** A glow that fades to nothing at its edge. */
export function glow(id: string, colour: string, opacity: number): string {
  return (
    `<radialGradient id="${id}"><stop offset="0" stop-color="${colour}" stop-opacity="${n(opacity)}"/>` +
    `<stop offset="0.5" stop-color="${colour}" stop-opacity="${n(opacity * 0.35)}"/>` +
    `<stop offset="1" stop-color="${colour}" stop-opacity="0"/></radialGradient>`
  );
}

/** A piece of a ring. */
export function ringSector(center: Point, inner: number, outer: number, from: number, to: number): string {
  const [a, b, c, d] = [
    pointAt(center, outer, from),
    pointAt(center, outer, to),
    pointAt(center, inner, to),
    pointAt(center, inner, from),
  ];
  const large = to - from > Math.PI ? 1 : 0;
  return (
    `M ${n(a.x)} ${n(a.y)} A ${n(outer)} ${n(outer)} 0 ${large} 1 ${n(b.x)} ${n(b.y)} ` +
    `L ${n(c.x)} ${n(c.y)} A ${n(inner)} ${n(inner)} 0 ${large} 0 ${n(d.x)} ${n(d.y)} Z`
  );
}
