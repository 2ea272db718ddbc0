/** A mistake that somebody could make: text of one file, once in it, and what would stand there instead. */
export interface Mutation {
  readonly name: string;
  readonly file: string;
  readonly find: string;
  readonly replace: string;
}

/** Each takes away one thing that the protocol rests on. Some test must fail for each of them. */
export const mutations: readonly Mutation[] = [
  {
    name: 'acknowledge before the receipt',
    file: 'functions/processor/process-shard.ts',
    find: 'const recorded = await recordSettled(processor, shard, processed, startedAt);',
    replace:
      'const recorded = processed;\n  void recordSettled(processor, shard, processed, startedAt).catch(() => {});',
  },
  {
    name: 'receipt without If-None-Match',
    file: 'shared/aws/stored-receipts.ts',
    find: 'await store.create(key, body);',
    replace: 'await store.write(key, body);',
  },
  {
    name: 'status without If-Match',
    file: 'functions/collector/update-part-status.ts',
    find: 'await store.replace(key, text, stored.etag)',
    replace: '(await store.write(key, text), true)',
  },
  {
    name: 'count instead of join',
    file: 'shared/core/part-status.ts',
    find: 'counts: outcomes.counts(),',
    replace: `counts: added
      .map((notice) => OutcomeSet.decode(notice.last - notice.first + 1, notice.outcomes).counts())
      .reduce(
        (sum, counts) => ({
          succeeded: sum.succeeded + counts.succeeded,
          failed: sum.failed + counts.failed,
          skipped: sum.skipped + counts.skipped,
        }),
        base.counts,
      ),`,
  },
  {
    name: 'failed beats succeeded in the join',
    file: 'shared/core/outcome.ts',
    find: '{ succeeded: 3, skipped: 2, failed: 1 }',
    replace: '{ succeeded: 1, skipped: 2, failed: 3 }',
  },
  {
    name: 'receipt name without range',
    file: 'shared/core/state-key.ts',
    find: 'return `${shard}/${padded(first, 6)}-${padded(last, 6)}-${contentHash}`;',
    replace:
      "return `${shard}/${padded(first - first, 6)}-${padded(last - last, 6)}-${contentHash.replace(/./g, '0')}`;",
  },
  {
    name: 'part adopted without reading the stored one',
    file: 'functions/splitter/plan-part.ts',
    find: 'return stored === text ? storedAs(part, text) : parsePart(stored);',
    replace: 'return parsePart(stored === text ? stored : text);',
  },
  {
    name: 'SendMessageBatch failures ignored',
    file: 'shared/aws/send-batches.ts',
    find: 'pending = pending.filter((_, index) => !isConfirmed(index));',
    replace: 'pending = pending.filter((_, index) => isConfirmed(index) && false);',
  },
  {
    name: 'copy without hop',
    file: 'functions/processor/copies.ts',
    find: 'hop: shard.hop + 1',
    replace: 'hop: shard.hop',
  },
  {
    name: 'sweeper without the empty-queue condition',
    file: 'functions/sweeper/resend-missing.ts',
    find: 'const isGone = (sentMs: number): boolean => sentMs < emptySinceMs ||',
    replace: 'const isGone = (sentMs: number): boolean => sentMs < now().getTime() ||',
  },
  {
    name: 'done.json before results.jsonl',
    file: 'functions/collector/fold-part.ts',
    find: "  const created = await store.create(resultsKey, folded.lines, 'application/jsonl');",
    replace: `  const early: PartDone = { v: 1, job, part, images, ...tally(folded.lines), receipts, ...sums };
  await store.createOrAdoptDocument(doneKey, PartDoneSchema, early);
  const created = await store.create(resultsKey, folded.lines, 'application/jsonl');`,
  },
  {
    name: 'report before the seal',
    file: 'functions/collector/finish-job.ts',
    find: '  const seal = (await store.readDocument(stateKey.seal(job), SealSchema))?.document;',
    replace: `  const planned = (await store.readDocument(stateKey.job(job), JobSchema))?.document;
  const soFar = (await store.readDocument(stateKey.jobStatus(job), JobStatusSchema))?.document;
  const images = (soFar?.counts.succeeded ?? 0) + (soFar?.counts.failed ?? 0) + (soFar?.counts.skipped ?? 0);
  const seal: Seal | undefined =
    (await store.readDocument(stateKey.seal(job), SealSchema))?.document ??
    (planned === undefined || soFar === undefined || images === 0
      ? undefined
      : { v: 1, job, upload: planned.upload, parts: new PartSet(soFar.foldedParts).size, shards: 0, images, bytes: 0 });`,
  },
  {
    name: 'names of an archive forgotten between invocations',
    file: 'functions/splitter/planned-names.ts',
    find: 'left === undefined ? await this.#ofPlan(part) : NameSet.of(left)',
    replace: 'left === undefined ? await this.#ofPlan(part) : new NameSet()',
  },
  {
    name: 'names of an archive not read from the plan where they got lost',
    file: 'functions/splitter/planned-names.ts',
    find: 'left === undefined ? await this.#ofPlan(part) : NameSet.of(left)',
    replace: 'left === undefined ? new NameSet() : NameSet.of(left)',
  },
  {
    name: 'names left of what will be read again',
    file: 'functions/splitter/planned-names.ts',
    find: 'this.#names.toBytes(again)',
    replace: 'this.#names.toBytes(new NameSet())',
  },
  {
    name: 'turn not passed on after a failure',
    file: 'functions/processor/render-member.ts',
    find: `  } finally {
    turn.pass();
  }`,
    replace: `  } finally {
    // Nobody comes after it.
  }`,
  },
  {
    name: 'verdicts of the planner not recorded',
    file: 'functions/processor/process-sources.ts',
    find: 'settled: [...planned, ...images',
    replace: 'settled: [...images',
  },
  {
    name: 'body left unread behind the last member',
    file: 'functions/processor/members/member-reader.ts',
    find: `  [Symbol.dispose](): void {
    this.#reader.close();`,
    replace: `  [Symbol.dispose](): void {
    this.#reader.settle();`,
  },
];
