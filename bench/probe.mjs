// Loaded before a program (`--import`), so that it can be asked what it uses without knowing of it. Plain JavaScript:
// the bot's own start decides whether Node loads its stripper of types, which takes 16 MB.
import { setTimeout as delay } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

const handlers = {
  usage() {
    const { user, system } = process.cpuUsage();
    const { maxRSS } = process.resourceUsage();
    return { cpuMs: (user + system) / 1_000, rss: process.memoryUsage.rss(), peakRss: maxRSS * 1_024 };
  },
  /** What is held once garbage is collected. */
  async held() {
    setFlagsFromString('--expose-gc');
    const collectGarbage = runInNewContext('gc');
    // Buffers are freed by the collection after the one that found them unused.
    for (let round = 0; round < 3; round += 1) {
      collectGarbage();
      await delay(100);
    }
    const { heapUsed, external } = process.memoryUsage();
    return heapUsed + external;
  },
};

process.on('message', async ({ id, ask }) => {
  // Others are for the program itself.
  if (ask in handlers) process.send?.({ id, answer: await handlers[ask]() });
});
// Whoever started us is gone.
process.once('disconnect', () => process.exit());
