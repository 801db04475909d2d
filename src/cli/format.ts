/** How results are printed. Apart from what prints them, which help need not load. */
export const FORMATS = ['table', 'wide', 'json', 'yaml'] as const;

/** One of {@link FORMATS}. */
export type Format = (typeof FORMATS)[number];

/** Of results about clusters; `name`: their names alone. */
export type ClustersFormat = Format | 'name';
