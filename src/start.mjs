// Plain JavaScript, run before anything else is loaded: a later start finds the types stripped and the code compiled,
// and does without the stripper itself. That is half its time, and 16 MB.
import './node-version.mjs';

// An older Node does not have it, and reads all static imports before it runs anything.
const { enableCompileCache, flushCompileCache } = await import('node:module');
enableCompileCache();
await import('./main.ts');

// V8 lets a small heap grow by a few megabytes before it marks all of it, and counts pictures, which are not even in it:
// 40 MB were marked for every third one. Set only now, as code compiled under other flags is no use to the next start.
const { setFlagsFromString } = await import('node:v8');
flushCompileCache();
setFlagsFromString('--heap-growing-percent=200');
