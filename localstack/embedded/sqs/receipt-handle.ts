import { sqsError } from './errors.ts';

/** One delivery of a message; a later delivery of the same message has a higher count. */
export interface Receipt {
  readonly queueId: number;
  /** Row of the message. */
  readonly rowId: number;
  readonly receiveCount: number;
}

export function receiptHandle({ queueId, rowId, receiveCount }: Receipt): string {
  return Buffer.from(`fanlight:${queueId}:${rowId}:${receiveCount}`).toString('base64');
}

/** Throws ReceiptHandleIsInvalid. */
export function parseReceiptHandle(handle: string): Receipt {
  const match = /^fanlight:(\d+):(\d+):(\d+)$/u.exec(Buffer.from(handle, 'base64').toString('latin1'));
  if (match === null)
    throw sqsError('ReceiptHandleIsInvalid', `The input receipt handle "${handle}" is not a valid receipt handle.`);
  return { queueId: Number(match[1]), rowId: Number(match[2]), receiveCount: Number(match[3]) };
}
