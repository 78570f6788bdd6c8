/** One complaint in an `errors` tree. */
export interface Complaint {
  path: readonly PropertyKey[];
  code: string;
  message: string;
}

/** An error answer of the API. `errors` is Discord's tree: `_errors` under the path of each wrong field. */
export class Refusal extends Error {
  readonly status: number;
  readonly code: number;
  readonly errors: Readonly<Record<string, unknown>> | undefined;

  constructor(status: number, code: number, message: string, errors?: Readonly<Record<string, unknown>>) {
    super(message);
    this.name = 'Refusal';
    this.status = status;
    this.code = code;
    this.errors = errors;
  }
}

/** Discord's codes and sentences (docs: Opcodes and Status Codes, 2026-08). */
const REFUSALS = {
  unauthorized: [401, 0, '401: Unauthorized'],
  notFound: [404, 0, '404: Not Found'],
  methodNotAllowed: [405, 0, '405: Method Not Allowed'],
  internal: [500, 0, '500: Internal Server Error'],
  unknownChannel: [404, 10003, 'Unknown Channel'],
  unknownGuild: [404, 10004, 'Unknown Guild'],
  unknownMessage: [404, 10008, 'Unknown Message'],
  unknownWebhook: [404, 10015, 'Unknown Webhook'],
  unknownInteraction: [404, 10062, 'Unknown interaction'],
  unknownCommand: [404, 10063, 'Unknown application command'],
  mostCommands: [400, 30032, 'Maximum number of application commands reached'],
  mostCommandsToday: [429, 30034, 'Max number of daily application command creates has been reached (200)'],
  requestTooLarge: [413, 40005, 'Request entity too large'],
  alreadyAcknowledged: [400, 40060, 'Interaction has already been acknowledged.'],
  mostFollowUps: [400, 40094, 'This interaction has reached the maximum number of follow-up messages.'],
  userAgent: [403, 40333, 'internal network error'],
  missingAccess: [403, 50001, 'Missing Access'],
  notYours: [403, 50005, 'Cannot edit a message authored by another user'],
  emptyMessage: [400, 50006, 'Cannot send an empty message'],
  dmClosed: [403, 50007, 'Cannot send messages to this user'],
  missingPermissions: [403, 50013, 'Missing Permissions'],
  invalidWebhookToken: [401, 50027, 'Invalid Webhook Token'],
  invalidRecipients: [400, 50033, 'Invalid Recipient(s)'],
  fileTooLarge: [400, 50045, 'File uploaded exceeds the maximum size'],
  invalidForm: [400, 50035, 'Invalid Form Body'],
  threadArchived: [400, 50083, 'Thread is archived'],
  invalidJson: [400, 50109, 'The request body contains invalid JSON.'],
  replyNeedsHistory: [400, 160002, 'Cannot reply without permission to read message history'],
  threadLocked: [403, 160005, 'This thread is locked'],
} as const satisfies Record<string, readonly [status: number, code: number, message: string]>;

export function refuse(reason: keyof typeof REFUSALS): Refusal {
  const [status, code, message] = REFUSALS[reason];
  return new Refusal(status, code, message);
}

export function refuseBody(complaints: readonly Complaint[]): Refusal {
  return new Refusal(400, 50035, 'Invalid Form Body', buildErrorTree(complaints));
}

interface ErrorNode {
  [key: string]: ErrorNode | { code: string; message: string }[];
}

function buildErrorTree(complaints: readonly Complaint[]): ErrorNode {
  const root: ErrorNode = {};
  for (const { path, code, message } of complaints) {
    let node = root;
    for (const key of path) {
      const next = node[String(key)];
      node = next === undefined || Array.isArray(next) ? replace(node, String(key)) : next;
    }
    const errors = node._errors;
    if (Array.isArray(errors)) errors.push({ code, message });
    else node._errors = [{ code, message }];
  }
  return root;
}

function replace(node: ErrorNode, key: string): ErrorNode {
  const child: ErrorNode = {};
  node[key] = child;
  return child;
}
