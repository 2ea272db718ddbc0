import { picture } from './images.ts';
import { openProcessorStage } from './processor-stage.ts';

/** A process that delivers one shard and then closes only its endpoint: it ends by itself if the delivery left nothing armed. */
const stage = await openProcessorStage();
const shard = stage.shardOf([await stage.put('a.jpg', await picture())]);
await stage.deliver(shard);
const [outcome] = await stage.outcomes(shard.job ?? '');
await stage.endpoint.close();
console.log(outcome?.status);
