import { z } from 'zod';
import { TagSchema } from '../object-record.ts';
import { receiveDocument } from '../payload.ts';
import { xmlResponse } from '../request.ts';
import type { S3Action } from '../services.ts';
import { validTags } from '../tags.ts';
import { oneOrMore, parseXml } from '../xml.ts';
import { existing } from './get-object.ts';

const DocumentSchema = z.object({
  Tagging: z.object({
    TagSet: z.union([
      z.literal('').transform(() => ({ Tag: undefined })),
      z.object({ Tag: oneOrMore(TagSchema).optional() }),
    ]),
  }),
});

export const getObjectTagging: S3Action = (request, services) => {
  request.authoriseObject('s3:GetObjectTagging');
  const { tags } = existing(request, services, request.bucket, request.key);
  const tagSet = tags.map(
    ({ Key, Value }) =>
      [
        'Tag',
        [
          ['Key', Key],
          ['Value', Value],
        ],
      ] as const,
  );
  return xmlResponse('Tagging', [['TagSet', tagSet]]);
};

export const putObjectTagging: S3Action = async (request, services) => {
  request.authoriseObject('s3:PutObjectTagging');
  const tags = parseXml(await receiveDocument(request), DocumentSchema).Tagging.TagSet.Tag ?? [];
  existing(request, services, request.bucket, request.key);
  services.objects.setTags(request.bucket, request.key, validTags(tags));
  return { status: 200 };
};

export const deleteObjectTagging: S3Action = (request, services) => {
  request.authoriseObject('s3:DeleteObjectTagging');
  existing(request, services, request.bucket, request.key);
  services.objects.setTags(request.bucket, request.key, []);
  return { status: 204 };
};
