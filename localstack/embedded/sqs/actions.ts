import { changeMessageVisibility, changeMessageVisibilityBatch } from './actions/change-message-visibility.ts';
import { createQueue } from './actions/create-queue.ts';
import { deleteMessage, deleteMessageBatch } from './actions/delete-message.ts';
import { getQueueUrl, listQueues } from './actions/find-queues.ts';
import { getQueueAttributes, setQueueAttributes } from './actions/queue-attributes.ts';
import { listQueueTags, tagQueue, untagQueue } from './actions/queue-tags.ts';
import { receiveMessage } from './actions/receive-message.ts';
import { deleteQueue, purgeQueue } from './actions/remove-queue.ts';
import { sendMessage, sendMessageBatch } from './actions/send-message.ts';
import type { SqsAction } from './request.ts';

/** Every SQS action of the embedded stack, by AWS's name. */
export const sqsActions: ReadonlyMap<string, SqsAction> = new Map(
  Object.entries({
    ChangeMessageVisibility: changeMessageVisibility,
    ChangeMessageVisibilityBatch: changeMessageVisibilityBatch,
    CreateQueue: createQueue,
    DeleteMessage: deleteMessage,
    DeleteMessageBatch: deleteMessageBatch,
    DeleteQueue: deleteQueue,
    GetQueueAttributes: getQueueAttributes,
    GetQueueUrl: getQueueUrl,
    ListQueues: listQueues,
    ListQueueTags: listQueueTags,
    PurgeQueue: purgeQueue,
    ReceiveMessage: receiveMessage,
    SendMessage: sendMessage,
    SendMessageBatch: sendMessageBatch,
    SetQueueAttributes: setQueueAttributes,
    TagQueue: tagQueue,
    UntagQueue: untagQueue,
  }),
);
