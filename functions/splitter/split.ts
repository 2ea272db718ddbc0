import { mapConcurrently } from '../../shared/core/map-concurrently.ts';
import { parseUploadsMessage, type UploadEvent } from '../../shared/core/upload-event.ts';
import { classifyUpload, type UploadClass } from './classify-upload.ts';
import { continueJob, refuseJob, startJob } from './job.ts';
import { recordRefusedImages, sendImages } from './single-images.ts';
import type { RemainingMs, Splitter } from './splitter.ts';

/** A message of the uploads queue. */
export interface UploadsQueueMessage {
  readonly id: string;
  readonly body: string;
  readonly redelivered: boolean;
}

/** Something to be done for some messages of the batch; when it fails, all of them are delivered again. */
interface Task {
  readonly messages: readonly UploadsQueueMessage[];
  readonly run: () => Promise<void>;
}

interface ClassifiedUpload {
  readonly message: UploadsQueueMessage;
  readonly upload: UploadEvent;
  readonly found: UploadClass;
}

/** Uploads classified at once: only routes that take archives cost a request each. */
const maxClassifying = 8;

/**
 * Works on a batch of the uploads queue: single images become shards, a manifest or an archive becomes a job, a continuation goes on with one.
 *
 * @returns ids of the messages to be delivered again
 */
export async function split(
  splitter: Splitter,
  messages: readonly UploadsQueueMessage[],
  remainingMs: RemainingMs,
): Promise<string[]> {
  const failed = new Set<string>();
  const attempt = async ({ messages: concerned, run }: Task): Promise<void> => {
    try {
      await run();
    } catch (error) {
      for (const { id } of concerned) failed.add(id);
      splitter.logger.error('to be delivered again', { messages: concerned.map(({ id }) => id), error });
    }
  };

  const classified: ClassifiedUpload[] = [];
  const continuations: Task[] = [];
  for (const message of messages) {
    const parsed = parseUploadsMessage(message.body);
    if (parsed.kind === 'continue') {
      const run = () => continueJob(splitter, parsed.continuation, remainingMs);
      continuations.push({ messages: [message], run });
      continue;
    }
    if (parsed.kind === 'unknown-version') {
      splitter.logger.error('message of an unknown version', { message: message.id, version: parsed.version });
      failed.add(message.id);
      continue;
    }
    const ignored = parsed.kind === 'ignored' ? [parsed.reason] : parsed.ignored;
    if (ignored.length > 0) splitter.logger.info('ignored', { count: ignored.length, reasons: ignored });
    const uploads = parsed.kind === 'uploads' ? parsed.uploads : [];
    const classify = async (): Promise<void> => {
      const found = await mapConcurrently(uploads, maxClassifying, (upload) => classifyUpload(splitter, upload));
      for (const [index, upload] of uploads.entries()) {
        const uploadClass = found[index];
        if (uploadClass !== undefined) classified.push({ message, upload, found: uploadClass });
      }
    };
    await attempt({ messages: [message], run: classify });
  }
  const tasks = [...imageTasks(splitter, classified), ...jobTasks(splitter, classified, remainingMs), ...continuations];
  for (const task of tasks) await attempt(task);
  return [...failed];
}

function imageTasks(splitter: Splitter, classified: readonly ClassifiedUpload[]): Task[] {
  const images = classified.flatMap(({ message, upload, found }) =>
    found.kind === 'image' || found.kind === 'refused-image' ? [{ message, upload, found }] : [],
  );
  return [...Map.groupBy(images, ({ found }) => found.route)].flatMap(([route, group]) => {
    const accepted = group.filter(({ found }) => found.kind === 'image');
    const refused = group.flatMap(({ message, upload, found }) =>
      found.kind === 'refused-image' ? [{ message, upload, failure: found.failure }] : [],
    );
    // A redelivery may have rendered some of these already, so that it is worth looking.
    const fresh = !accepted.some(({ message }) => message.redelivered);
    const uploads = accepted.map(({ upload }) => upload);
    return [
      { messages: messagesOf(accepted), run: () => sendImages(splitter, route, uploads, fresh) },
      { messages: messagesOf(refused), run: () => recordRefusedImages(splitter, route, refused) },
    ].filter((task) => task.messages.length > 0);
  });
}

function messagesOf(items: readonly { message: UploadsQueueMessage }[]): UploadsQueueMessage[] {
  return [...new Set(items.map(({ message }) => message))];
}

function jobTasks(splitter: Splitter, classified: readonly ClassifiedUpload[], remainingMs: RemainingMs): Task[] {
  return classified.flatMap(({ message, upload, found }) => {
    const messages = [message];
    if (found.kind === 'manifest' || found.kind === 'archive') {
      const { kind, route } = found;
      return [{ messages, run: () => startJob(splitter, upload, { kind, route }, remainingMs) }];
    }
    if (found.kind === 'refused-job') return [{ messages, run: () => refuseJob(splitter, upload, found.failure) }];
    return [];
  });
}
