/** DI token of the exporter's version. */
export const BUILD_VERSION = Symbol('BUILD_VERSION');
