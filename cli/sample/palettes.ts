/** Colours that go together; a motif knows what each is for. */
export interface Palette {
  /** From the top of the sky to the horizon. */
  readonly sky: readonly [string, string, string];
  /** Sun, moon, lamps. */
  readonly light: string;
  /** Lines, silhouettes, leading. */
  readonly dark: string;
  /** Plain ground. */
  readonly pale: string;
  /** Glass, tiles, leaves: bright ones, next to each other in hue. */
  readonly accents: readonly [string, string, string, string, string];
}

/** Sky, light, dark, pale, accents. */
function palette(
  sky: Palette['sky'],
  ...[light, dark, pale, ...accents]: [string, string, string, ...Palette['accents']]
): Palette {
  return { sky, light, dark, pale, accents };
}

export const palettes = [
  // Desert evening
  palette(
    ['#2b2d52', '#b5556b', '#f7b267'],
    '#ffe8b0',
    '#241a2e',
    '#fbf1e3',
    '#f25c54',
    '#f4845f',
    '#f79d65',
    '#5f6caf',
    '#8d6a9f',
  ),
  // Lagoon
  palette(
    ['#0b4f6c', '#2a9d8f', '#bfe3d0'],
    '#fff6d6',
    '#072a3b',
    '#eef7f2',
    '#01baef',
    '#20bf55',
    '#2a9d8f',
    '#fbb13c',
    '#0b4f6c',
  ),
  // Cathedral
  palette(
    ['#0f1035', '#365486', '#7fc7d9'],
    '#fff3c4',
    '#0b0c1e',
    '#dcf2f1',
    '#d7263d',
    '#f46036',
    '#2e86ab',
    '#1b998b',
    '#f6c945',
  ),
  // Orchard
  palette(
    ['#9bc1bc', '#e6ebe0', '#f4f1bb'],
    '#fffbe6',
    '#2f3e2c',
    '#fbfaf0',
    '#ed6a5a',
    '#f4a259',
    '#5b8e7d',
    '#8cb369',
    '#bc4b51',
  ),
  // Northern night
  palette(
    ['#03071e', '#10284f', '#2f6690'],
    '#d9f0ff',
    '#020410',
    '#e8f1f8',
    '#4cc9f0',
    '#72efdd',
    '#7400b8',
    '#5390d9',
    '#80ffdb',
  ),
  // Terracotta and sage
  palette(
    ['#d8b4a0', '#eed7c5', '#f8ede3'],
    '#ffffff',
    '#3d2b24',
    '#faf3ec',
    '#c8553d',
    '#d77a61',
    '#588b8b',
    '#f28f3b',
    '#8a9a5b',
  ),
  // Plum and gold
  palette(
    ['#2d1e3e', '#6d3b6e', '#d99b82'],
    '#ffe3a3',
    '#1a1025',
    '#f7eef4',
    '#e0a458',
    '#c05299',
    '#7b2d8b',
    '#ffdbb5',
    '#a23e6c',
  ),
  // Ink and vermilion
  palette(
    ['#e9e3d5', '#f3eee2', '#faf7ef'],
    '#e4572e',
    '#1f2a37',
    '#f6f1e6',
    '#e4572e',
    '#17bebb',
    '#2e4057',
    '#ffc914',
    '#76b041',
  ),
  // Morning mist
  palette(
    ['#8fb8de', '#c9d8ea', '#fdeedc'],
    '#fffdf5',
    '#33415c',
    '#f4f8fc',
    '#5c7da6',
    '#7d9fc2',
    '#a1b9d1',
    '#e8b4a0',
    '#d98e73',
  ),
  // Rain forest
  palette(
    ['#0d3b33', '#1f6f54', '#a7d129'],
    '#f8ffd2',
    '#06231d',
    '#f1f7e4',
    '#3fa34d',
    '#a7d129',
    '#f2c14e',
    '#f78154',
    '#137547',
  ),
] as const satisfies readonly Palette[];
