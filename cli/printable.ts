// Controls steer a terminal; direction marks and line separators make a text look like another one.
// eslint-disable-next-line no-control-regex -- control characters are exactly what this must find
const steering = /[\u0000-\u001f\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;

/** Names come from file systems and uploads: nothing in them may steer the terminal. */
export function printable(text: string): string {
  return text.replace(steering, '\u{FFFD}');
}
