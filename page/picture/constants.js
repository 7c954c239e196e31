// Written by a test of src/picture/constants.rs.

/** Height and width of a digit. */
export const SIDE = 28;

/** Digits are looked for in a copy whose longer side is this at the most. */
export const WORKING_SIDE = 256;

/**
 * Digits that are found there less tall than this, or in a copy scaled down by more than [`COARSE`], are looked
 * at again in a finer copy of the part where they lie.
 */
export const TALL = 64;

/** How many times a picture may be scaled down before digits are looked at in a finer copy. */
export const COARSE = 3;

/** That copy's longer side, unless digits were less than [`TALL`] in it: then it is at most [`FINEST_SIDE`]. */
export const FINE_SIDE = 512;

/** The longest side of such a copy. */
export const FINEST_SIDE = 1024;

/**
 * Around the picture the paper's level rises or falls by as much as from black to white on a quarter of the way
 * at the fastest: light does so more slowly, and ink faster.
 */
export const STEEPEST_LIGHT = 4;

/** The fractions of a level that levels around the picture are counted in. */
export const LEVEL_FRACTIONS = 256;

/** How far ink stands out from the paper at the least, in levels of 255. */
export const MIN_CONTRAST = 16;

/** The paper's grain reaches this often as high as its median. */
export const GRAIN = 5;

/** Ink reaches this often as high as grain. */
export const ABOVE_GRAIN = 4;

/** A sheet takes at least this share of a picture. */
export const SHEET = 0.1;

/** Levels less than this apart look alike. */
export const VISIBLE = 16;

/** How far from a side a point may lie, in shares of the shape's length. */
export const TOLERANCE = 0.03;

/** The share of a shape that has to be as it should, for what a camera bends and blurs. */
export const SHAPELY = 0.93;

/**
 * The least of a sheet that is blank; all of it may be, where a mark is too thin for a small copy, if the sheet
 * is no longer than [`SHORT`] times its width. A bar is, which is a 1.
 */
export const LEAST_BLANK = 0.85;

/** The most of a sheet that is blank, if it is longer than [`SHORT`] times its width. */
export const MOST_BLANK = 0.9995;

/** So many times its width a sheet is long that is no bar. */
export const SHORT = 2;

/** A line covers at least this share of the picture's width or height, in tenths. */
export const LONG_LINE = 9;

/** A line is thinner than this share of the picture's longer side. */
export const THIN_LINE = 40;

/** A line may lean by one pixel in so many. */
export const LINE_LEAN = 4;

/** The most digits that are read in a picture. */
export const MAX_DIGITS = 32;

/** A piece that is smaller than this, compared with the largest, is a speck. */
export const SPECK = 32;

/** So many of the pieces that reach farthest are looked at as frames. */
export const FRAMES = 4;

/**
 * The outline of a digit, hollow ones and chalk included, is not so many times as long as the digit: of a
 * thousand the longest was 12 times.
 */
export const TANGLED = 16;

/** Digits are at least one part in so many of the ink; else they are a chance shape in noise. */
export const BESIDE = 4;

/** More pieces than this, each too large for a speck, are no digits. */
export const MAX_PIECES = 256;

/** Levels from this on count as ink. */
export const INK = 128;

/**
 * A hole whose circumference squared is this many times its area is long, as a stroke is: an ellipse or a
 * rectangle five times as long as wide.
 */
export const LONG_STROKE = 27;

/** A stroke is this many times as wide as the line around it. */
export const WIDE_STROKE = 1.5;

/** More holes of a digit are not looked at; it has two, and twice as many if it is hollow. */
export const MAX_HOLES = 32;

/**
 * How far to the right the top of most of MNIST's digits leans at the least, in shares of the height: of the
 * training digits, one in eight leans less.
 */
export const LEAST_SLANT = -0.2;

/** The same at the most: one in seven leans more. */
export const MOST_SLANT = 0.4;

/** A digit is not set up by more than this. What leans more, as a dash does, leans for another reason. */
export const FARTHEST_SLANT = 0.6;

/** The fractions of a share that a lean is counted in. */
export const SLANT_FRACTIONS = 65536;

/** The fractions of a pixel in that. */
export const PIXEL_FRACTIONS = 256;

/** Strokes of a quarter of MNIST's training digits are thinner than this, where the digit is 20 pixels long. */
export const THINNEST = 2.1;

/** The width to which thin ones are brought: between MNIST's median and the upper quarter. */
export const USUAL = 2.8;

/** Strokes of one in fourteen are thicker than this. */
export const THICKEST = 3.6;

/** The width to which thick ones are brought, so that the holes of digits are as wide as in MNIST. */
export const THICK = 3.3;

/** So long a digit is not scaled down any further before its strokes get another width. */
export const DETAILED = 160;

/** The side of the box that MNIST's digits fill in their longer direction. */
export const BOX = 20;
