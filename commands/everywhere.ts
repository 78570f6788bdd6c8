import { ApplicationCommandType, ApplicationIntegrationType, InteractionContextType } from 'discord-api-types/v10';
import { describeCommand } from '../src/language/commands.ts';

/** Where all commands can be used: in servers that installed the bot, and in its direct messages. */
export const EVERYWHERE = {
  integration_types: [ApplicationIntegrationType.GuildInstall],
  contexts: [InteractionContextType.Guild, InteractionContextType.BotDM],
};

/** A slash command without options. */
export function describePlain(name: 'models' | 'recent' | 'status' | 'usage') {
  const { name: shown, description } = describeCommand(name);
  return { type: ApplicationCommandType.ChatInput as const, name: shown, description, options: [], ...EVERYWHERE };
}
