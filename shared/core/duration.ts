/** Weeks, days, hours, minutes and seconds: months and years have no fixed length. */
const isoDuration = /^P(?=.)(?:(\d+)W)?(?:(\d+)D)?(?:T(?=.)(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?$/;

const unitsMs = [7 * 86_400_000, 86_400_000, 3_600_000, 60_000, 1_000];

/** Milliseconds of an ISO 8601 duration such as `P3D` or `PT1H30M`; undefined for any other text. */
export function durationMsOf(text: string): number | undefined {
  const match = isoDuration.exec(text);
  if (match === null) return undefined;
  return unitsMs.reduce((sum, unitMs, index) => sum + unitMs * Number(match[index + 1] ?? 0), 0);
}
