export const sampleTolerancePercent = 1;
export async function ensureSampleSet(o: { signal: AbortSignal; say: (message: string) => void }): Promise<string> {
  o.say('x');
  return '/work/shared/corpus/photos';
}
