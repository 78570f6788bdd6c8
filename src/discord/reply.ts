import type { RawFile } from 'discord.js';
import {
  type APIActionRowComponent,
  type APIButtonComponentWithCustomId,
  type APIMessageTopLevelComponent,
  ButtonStyle,
  ComponentType,
  MessageFlags,
} from 'discord-api-types/v10';

/** A picture of a reply: shown in its gallery, uploaded as it is. */
export interface ReplyPicture {
  /** `[a-z0-9-]` and a dot: it becomes an `attachment://` URL. */
  readonly name: string;
  readonly bytes: Buffer;
  /** Alt text. */
  readonly description?: string;
}

export interface ReplyFile {
  readonly name: string;
  readonly bytes: Buffer;
}

export interface ReplyButton {
  readonly label: string;
  readonly customId: string;
  readonly style?: 'primary' | 'secondary' | 'danger';
  /** It keeps its place and cannot be pressed. Its custom ID is one of its own all the same. */
  readonly disabled?: boolean;
}

/** What a member gets to see, as plain data. In this order: text, pictures, small lines, files, buttons. */
export interface Reply {
  /** Markdown; a member's own words in it are escaped by whoever writes them there. */
  readonly text?: string;
  readonly pictures?: readonly ReplyPicture[];
  /** Set small, one line each. */
  readonly small?: readonly string[];
  readonly files?: readonly ReplyFile[];
  /** Rows of at most five. */
  readonly buttons?: readonly (readonly ReplyButton[])[];
  /** Who may be notified; absent: nobody, whatever the text says. */
  readonly notify?: string;
}

/*
 * All text of a message together: 4000 characters, and above about 10 170 bytes (12 more for each text display)
 * Discord answers 500. Source: discord-api-docs pull request 8562 and issue 8554, 2026-08.
 */
const MOST_CHARACTERS = 4_000;
const MOST_BYTES = 10_000;
/** Source: Discord docs, Component Reference, 2026-08. */
const MOST_DESCRIPTION = 1_024;

const STYLES = {
  primary: ButtonStyle.Primary,
  secondary: ButtonStyle.Secondary,
  danger: ButtonStyle.Danger,
} as const;

export interface MessageBody {
  readonly flags: number;
  readonly components: APIMessageTopLevelComponent[];
  readonly allowed_mentions: { parse: []; users?: string[] };
  readonly attachments: { id: string; filename: string; description?: string }[];
}

/** The reply as Discord's Components V2 message, and the files that go with it. Replaces all a message had before. */
export function buildMessage(reply: Reply): { body: MessageBody; files: RawFile[] } {
  const pictures = reply.pictures ?? [];
  const files = reply.files ?? [];
  const components: APIMessageTopLevelComponent[] = [];
  const texts = fitTexts([reply.text ?? '', (reply.small ?? []).map((line) => `-# ${line}`).join('\n')]);
  const [text, small] = texts;
  if (text) components.push({ type: ComponentType.TextDisplay, content: text });
  if (pictures.length > 0) {
    components.push({
      type: ComponentType.MediaGallery,
      items: pictures.map(({ name, description }) => ({
        media: { url: `attachment://${name}` },
        ...describe(description),
      })),
    });
  }
  if (small) components.push({ type: ComponentType.TextDisplay, content: small });
  for (const { name } of files) components.push({ type: ComponentType.File, file: { url: `attachment://${name}` } });
  for (const row of reply.buttons ?? []) components.push(actionRow(row));
  const uploads: readonly ReplyPicture[] = [...pictures, ...files];
  return {
    body: {
      flags: MessageFlags.IsComponentsV2,
      components,
      allowed_mentions: reply.notify === undefined ? { parse: [] } : { parse: [], users: [reply.notify] },
      attachments: uploads.map((upload, index) => ({
        id: String(index),
        filename: upload.name,
        ...describe(upload.description),
      })),
    },
    files: uploads.map(({ name, bytes }) => ({ name, data: bytes })),
  };
}

function actionRow(row: readonly ReplyButton[]): APIActionRowComponent<APIButtonComponentWithCustomId> {
  return {
    type: ComponentType.ActionRow,
    components: row.map(({ label, customId, style = 'secondary', disabled = false }) => ({
      type: ComponentType.Button,
      style: STYLES[style],
      label,
      custom_id: customId,
      ...(disabled ? { disabled } : {}),
    })),
  };
}

/** Discord refuses an empty description. */
function describe(text: string | undefined): { description?: string } {
  const description = text === undefined ? '' : cutText(text.trim(), { characters: MOST_DESCRIPTION });
  return description === '' ? {} : { description };
}

/** Cuts the first text where all of them together would pass Discord's limits. */
function fitTexts([first = '', ...others]: readonly string[]): string[] {
  const characters = MOST_CHARACTERS - others.reduce((sum, text) => sum + text.length, 0);
  const bytes = MOST_BYTES - others.reduce((sum, text) => sum + Buffer.byteLength(text) + 12, 0);
  return [cutText(first, { characters, bytes }), ...others];
}

/**
 * The beginning of a text, with a mark where it was cut; never splits a character. The mark is not a bare ellipsis:
 * that is how progress texts end.
 */
export function cutText(
  text: string,
  { characters, bytes = Number.POSITIVE_INFINITY }: { characters: number; bytes?: number },
): string {
  if (text.length <= characters && Buffer.byteLength(text) <= bytes) return text;
  const mark = ' […]';
  let length = mark.length;
  let size = Buffer.byteLength(mark);
  let kept = '';
  for (const character of text) {
    length += character.length;
    size += Buffer.byteLength(character);
    if (length > characters || size > bytes) break;
    kept += character;
  }
  return kept.trimEnd() + mark;
}
