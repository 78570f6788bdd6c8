/** The head of a PNG of 16 × 8 pixels: enough for a size, too little for a decoder. */
export const PNG = Buffer.from('89504e470d0a1a0a0000000d494844520000001000000008080600000000000000', 'hex');
