import { sendNotice } from '../../shared/aws/stored-receipts.ts';
import { imagesCompleted } from '../../shared/core/events.ts';
import type { Receipt } from '../../shared/core/receipt.ts';
import type { Processor } from './processor.ts';

/**
 * Tells of a durable receipt: the collector of the job, and whoever asked for events of images. Doing it again is harmless.
 *
 * @throws when one of them cannot be told: then a redelivery of the message has to find the receipt and tell of it
 */
export async function tellOf(processor: Processor, receipt: Receipt, partImages: number): Promise<void> {
  await sendNotice(processor.receiptsQueue, receipt, partImages);
  await processor.imageEvents?.send(imagesCompleted(receipt, processor.results.bucket));
}
