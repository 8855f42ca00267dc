/** The arithmetic between paper and map. */

/** CSS defines an inch as 96 px. */
export const PX_PER_MM = 96 / 25.4;
/** Circumference of the WGS 84 equator over the 512 px that MapLibre draws the world with at zoom 0. */
const EQUATOR_M_PER_PX_AT_ZOOM_0 = (2 * Math.PI * 6_378_137) / 512;

/** The zoom at which a metre at this latitude is 1/scale of a metre of paper. */
export function zoomOf(scale: number, lat: number): number {
  const groundMPerPx = (scale / 1000) / PX_PER_MM;
  return Math.log2((EQUATOR_M_PER_PX_AT_ZOOM_0 * Math.cos((lat * Math.PI) / 180)) / groundMPerPx);
}
