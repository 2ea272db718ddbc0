import type { RenderPlan } from './render-plan.ts';
export function predictMemoryBytes(_plan: RenderPlan, _m: { width: number; height: number }, _format: string): number { return 0; }
