import {
  type APIApplicationCommand,
  type APIApplicationCommandOption,
  ApplicationCommandOptionType,
  ApplicationCommandType,
} from 'discord-api-types/v10';

function command(
  name: string,
  options: APIApplicationCommandOption[],
  type: ApplicationCommandType = ApplicationCommandType.ChatInput,
): APIApplicationCommand {
  return {
    id: '1',
    application_id: '2',
    version: '3',
    type,
    name,
    description: type === ApplicationCommandType.ChatInput ? `What ${name} does` : '',
    options,
    default_member_permissions: null,
  };
}

export const commandsFixture: APIApplicationCommand[] = [
  command('imagine', [
    {
      type: ApplicationCommandOptionType.String,
      name: 'prompt',
      description: 'What to draw',
      required: true,
      min_length: 2,
      max_length: 20,
    },
    {
      type: ApplicationCommandOptionType.String,
      name: 'aspect',
      description: 'Width to height',
      choices: [
        { name: 'Square', value: '1:1' },
        { name: '16:9', value: '16:9' },
        { name: '9:16', value: '9:16' },
      ],
    },
    { type: ApplicationCommandOptionType.Integer, name: 'seed', description: 'Repeat', min_value: 1, max_value: 100 },
    {
      type: ApplicationCommandOptionType.Number,
      name: 'strength',
      description: 'How far',
      min_value: 0.05,
      max_value: 1,
    },
    { type: ApplicationCommandOptionType.Boolean, name: 'private', description: 'Only you' },
    { type: ApplicationCommandOptionType.User, name: 'for', description: 'Whom' },
    { type: ApplicationCommandOptionType.Attachment, name: 'image', description: 'Start from' },
    { type: ApplicationCommandOptionType.Attachment, name: 'mask', description: 'Repaint here' },
  ]),
  command('recent', []),
  command('settings', [
    {
      type: ApplicationCommandOptionType.Subcommand,
      name: 'budget',
      description: 'Money',
      options: [{ type: ApplicationCommandOptionType.Integer, name: 'amount', description: 'Dollars', required: true }],
    },
    {
      type: ApplicationCommandOptionType.SubcommandGroup,
      name: 'words',
      description: 'Words',
      options: [{ type: ApplicationCommandOptionType.Subcommand, name: 'add', description: 'Add one', options: [] }],
    },
  ]),
  command('Imagine from this', [], ApplicationCommandType.Message),
];
