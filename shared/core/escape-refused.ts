/**
 * SQS refuses these two characters, which an S3 key may hold; in JSON they can be escaped as well
 * (https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html). Escaped they have twice the bytes: what
 * has to fit into a message is measured with them.
 */
export function escapeRefused(json: string): string {
  return json.replace(/[\ufffe\uffff]/g, (character) => `\\u${character.charCodeAt(0).toString(16)}`);
}
