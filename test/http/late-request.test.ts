import { expect, it, onTestFinished, vi } from 'vitest';
import { sendRequest } from '../../src/http/send-request.ts';
import { startStandIn } from '../support/stand-ins/stand-in.ts';

it('does not send what it could not write for so long that it may not be true any more', async () => {
  const standIn = await startStandIn({ handle: () => ({ body: 'taken' }) });
  onTestFinished(() => standIn.close());
  vi.useFakeTimers({ toFake: ['performance'] });
  onTestFinished(() => void vi.useRealTimers());
  const late = sendRequest(`${standIn.url}/message`, { method: 'PATCH', body: '3 s so far' });
  // Stopped before the connection stands, and woken much later.
  vi.advanceTimersByTime(34_000);
  await expect(late).rejects.toThrow('too late to be sent');
  expect(standIn.requests).toHaveLength(0);
  const next = await sendRequest(`${standIn.url}/message`, { method: 'PATCH', body: 'done' });
  expect(await next.text()).toBe('taken');
});
