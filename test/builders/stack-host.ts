import { openStack } from '../../localstack/embedded/stack.ts';

/** A process that opens a stack, tells what it started on stdout, and waits to be killed. */
const [assemblyDir = '', dataDir = ''] = process.argv.slice(2);
const onLog = (_functionName: string, line: string): void => console.log(line);
const stack = await openStack({ assemblyDir, dataDir, maxEnvironmentsPerFunction: 2, onLog });
void stack.invoke('Fn', { wait: true });
await stack.invoke('Fn', { wait: false });
console.log(`URL ${stack.url}`);
