const NO_WAY = 'PostgreSQL does not answer at that address. Correct host and port, or let this machine through to it.';

/** By PostgreSQL's codes, and Node's. Source: postgresql.org/docs, Appendix A, 2026-11. */
const BY_CODE: Readonly<Record<string, string>> = {
  '28P01': 'PostgreSQL refused this user or its password. Correct them.',
  '28000': 'PostgreSQL does not let this user in from here. Name another user, or allow this one in pg_hba.conf.',
  '3D000': 'There is no such database on that server. Create it, or name another one.',
  '42501': 'This user may not create tables there. Make it the owner of that database, or name one that it owns.',
  '53300': 'PostgreSQL has no connection left. Close some of the others, or raise its max_connections.',
  '57P03': 'PostgreSQL is starting or stopping just now. Try again in a moment.',
  ECONNREFUSED: 'Nothing listens at that host and port. Start PostgreSQL there, or correct them.',
  ENOENT: 'There is no PostgreSQL at that address. Start it there, or correct the path.',
  ENOTFOUND: 'There is no host of that name. Correct it.',
  EAI_AGAIN: 'The name of that host cannot be looked up just now. Check the network of this machine.',
  ETIMEDOUT: NO_WAY,
  EHOSTUNREACH: NO_WAY,
  ENETUNREACH: NO_WAY,
};

/**
 * Why the PostgreSQL at an address cannot be used and what to change, for whoever gave the address; `undefined`: it is
 * something else.
 */
export function explainPostgresFailure(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  if ('code' in error && typeof error.code === 'string' && Object.hasOwn(BY_CODE, error.code)) {
    return BY_CODE[error.code];
  }
  // pg throws these without a code.
  if (/unexpected .* message from backend/i.test(error.message))
    return 'What answers at that host and port is not PostgreSQL. Correct them.';
  return /timeout exceeded when trying to connect|connection timeout/.test(error.message) ? NO_WAY : undefined;
}
