// @ts-check
/** @import * as Discord from 'discord-api-types/v10' */

// Discord's numbers, those this page uses. Without a build step it can import only the types of discord-api-types: they
// check that each number is the right one.

/** @satisfies {Partial<typeof Discord.ApplicationCommandType>} */
export const CommandType = /** @type {const} */ ({ ChatInput: 1 });

/** @satisfies {Partial<typeof Discord.ApplicationCommandOptionType>} */
export const OptionType = /** @type {const} */ ({
  Subcommand: 1,
  SubcommandGroup: 2,
  String: 3,
  Integer: 4,
  Boolean: 5,
  User: 6,
  Channel: 7,
  Role: 8,
  Mentionable: 9,
  Number: 10,
  Attachment: 11,
});

/** @satisfies {Partial<typeof Discord.ChannelType>} */
export const ChannelType = /** @type {const} */ ({ GuildText: 0, PublicThread: 11 });

/** @satisfies {Partial<typeof Discord.MessageFlags>} */
export const MessageFlags = /** @type {const} */ ({ Ephemeral: 64, Loading: 128, IsComponentsV2: 32_768 });

/** @satisfies {Partial<typeof Discord.ComponentType>} */
export const ComponentType = /** @type {const} */ ({
  ActionRow: 1,
  Button: 2,
  StringSelect: 3,
  TextInput: 4,
  UserSelect: 5,
  RoleSelect: 6,
  MentionableSelect: 7,
  ChannelSelect: 8,
  Section: 9,
  TextDisplay: 10,
  Thumbnail: 11,
  MediaGallery: 12,
  File: 13,
  Separator: 14,
  Container: 17,
  Label: 18,
  FileUpload: 19,
  RadioGroup: 21,
  CheckboxGroup: 22,
  Checkbox: 23,
});

/** @satisfies {Partial<typeof Discord.ButtonStyle>} */
export const ButtonStyle = /** @type {const} */ ({
  Primary: 1,
  Secondary: 2,
  Success: 3,
  Danger: 4,
  Link: 5,
  Premium: 6,
});

/** @satisfies {Partial<typeof Discord.SeparatorSpacingSize>} */
export const SeparatorSpacingSize = /** @type {const} */ ({ Large: 2 });

/** @satisfies {Partial<typeof Discord.TextInputStyle>} */
export const TextInputStyle = /** @type {const} */ ({ Paragraph: 2 });
