import { z } from 'zod';

/** Memory by which Lambda grants one vCPU, https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html. */
const memoryMbPerVcpu = 1_769;

/** Not overlapped with rendering: the first download and the last upload (120 ms), cancel, receipt and notice. A guess. */
const shardOverheadMs = 250;
/** Init of Node, SDK and bundle, which is billed since August 2025, and the first worker's load of sharp. A guess. */
const coldStartMs = 1_000;

/** CPU of the host process by which an object is read or written through the SDK (design 10). */
const readCpuMs = 3.9;
const writeCpuMs = 2.6;

/** Of the processor function and its mapping: what every prediction needs to know of a deployment. */
export const ProcessorShapeSchema = z.strictObject({
  /** Of the function. */
  memoryMb: z.number().min(128).max(10_240),
  /** Of the shards mapping; 50 is the construct's default. */
  maxConcurrency: z.number().min(1).default(50),
});

/** Work of a job's processors, and what they are. */
export interface ProcessorWork extends z.infer<typeof ProcessorShapeSchema> {
  /** Of all workers together, as long as an image holds one. */
  readonly workerMs: number;
  readonly images: number;
  readonly shards: number;
}

/** Worker processes of one execution environment: one for each vCPU. */
export function workersPerEnvironment(memoryMb: number): number {
  return Math.max(1, Math.floor(memoryMb / memoryMbPerVcpu));
}

/** Milliseconds for which a worker is held by `cpuMs` of CPU: a function below 1,769 MB has a share of a vCPU only. */
export function workerMsOf(cpuMs: number, memoryMb: number): number {
  return cpuMs / Math.min(1, memoryMb / memoryMbPerVcpu);
}

/** CPU of the host for reading sources and writing renditions. */
export function transferCpuMs(reads: number, renditions: number): number {
  return reads * readCpuMs + renditions * writeCpuMs;
}

/** Billed milliseconds of all invocations together. */
export function processorMs({ workerMs, images, shards, memoryMb, maxConcurrency }: ProcessorWork): number {
  const workers = workersPerEnvironment(memoryMb);
  // On average half of the other workers have nothing left to do while the last image of a shard is rendered.
  const idleShare = (workers - 1) / (2 * workers);
  const imageMs = images === 0 ? 0 : workerMs / images;
  const coldStarts = Math.min(shards, maxConcurrency);
  return workerMs / workers + shards * (idleShare * imageMs + shardOverheadMs) + coldStarts * coldStartMs;
}

export function processorGbSeconds(ms: number, memoryMb: number): number {
  return (ms / 1_000) * (memoryMb / 1_024);
}
