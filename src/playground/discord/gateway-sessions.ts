import { randomBytes } from 'node:crypto';
import type { GatewayDispatchEvents } from 'discord-api-types/v10';
import { GatewayCloseCodes, GatewayOpcodes } from 'discord-api-types/v10';
import type { WebSocket } from 'ws';

/** Events a session keeps for a client that resumes. */
const MOST_REPLAYED = 1_000;
/** How long a session outlives its connection ("a few minutes", docs: Gateway, 2026-08). */
const SESSION_MS = 5 * 60_000;
/** After these a client has to identify anew. */
const ENDING_CODES: ReadonlySet<number> = new Set([
  1000,
  1001,
  GatewayCloseCodes.AuthenticationFailed,
  GatewayCloseCodes.InvalidSeq,
  GatewayCloseCodes.SessionTimedOut,
]);

/** What a client identified as; it outlives its connection for a while. */
export interface Session {
  readonly id: string;
  readonly shard: readonly [id: number, count: number];
  readonly intents: number;
  sequence: number;
  /** The latest dispatches, as sent. */
  readonly sent: { sequence: number; json: string }[];
  socket: WebSocket | undefined;
  leftAt: number | undefined;
}

export interface Sessions {
  open(shard: Session['shard'], intents: number): Session;
  /** `undefined` when it ended, or was left too long ago. */
  find(id: string): Session | undefined;
  all(): Session[];
  connections(): number;
  attach(session: Session, socket: WebSocket): void;
  /** Its connection is gone; with some codes so is the session. */
  leave(session: Session, code: number): void;
  send(session: Session, event: GatewayDispatchEvents, data: unknown): void;
}

interface SessionsOptions {
  now: () => number;
  onChange: (change: 'gateway-connected' | 'gateway-disconnected', connections: number) => void;
}

export function createSessions({ now, onChange }: SessionsOptions): Sessions {
  const sessions = new Map<string, Session>();

  function connections(): number {
    return [...sessions.values()].filter(({ socket }) => socket !== undefined).length;
  }

  function dropStale(): void {
    for (const { id, leftAt } of sessions.values()) {
      if (leftAt !== undefined && now() - leftAt > SESSION_MS) sessions.delete(id);
    }
  }

  return {
    connections,
    open(shard, intents) {
      const id = randomBytes(16).toString('hex');
      const session: Session = { id, shard, intents, sequence: 0, sent: [], socket: undefined, leftAt: undefined };
      sessions.set(id, session);
      return session;
    },
    find(id) {
      dropStale();
      return sessions.get(id);
    },
    all() {
      dropStale();
      return [...sessions.values()];
    },
    attach(session, socket) {
      session.socket = socket;
      session.leftAt = undefined;
      onChange('gateway-connected', connections());
    },
    leave(session, code) {
      session.socket = undefined;
      session.leftAt = now();
      if (ENDING_CODES.has(code)) sessions.delete(session.id);
      onChange('gateway-disconnected', connections());
    },
    send(session, event, data) {
      session.sequence += 1;
      const json = JSON.stringify({ op: GatewayOpcodes.Dispatch, t: event, s: session.sequence, d: data });
      session.sent.push({ sequence: session.sequence, json });
      if (session.sent.length > MOST_REPLAYED) session.sent.shift();
      session.socket?.send(json);
    },
  };
}
