/** What the known columns and their coded values are called, and in which unit they stand. Unknown ones keep their names. */

import { language } from "./i18n";

interface Pair {
  zh: string;
  en: string;
}
interface FieldWords extends Pair {
  unit?: string;
}

const FIELDS: Record<string, FieldWords> = {
  source_id: { zh: "来源编号", en: "Source key" },
  name: { zh: "名称", en: "Name" },
  name_en: { zh: "英文名", en: "English name" },
  code: { zh: "编码", en: "Code" },
  class: { zh: "类别", en: "Class" },
  category: { zh: "类型", en: "Category" },
  use: { zh: "用途", en: "Use" },
  height: { zh: "高度（原文）", en: "Height as given" },
  min_height: { zh: "底部高度（原文）", en: "Base height as given" },
  min_level: { zh: "起始层", en: "First storey" },
  start_date: { zh: "建成日期", en: "Built on" },
  voltage: { zh: "电压", en: "Voltage", unit: "V" },
  operator: { zh: "运营单位", en: "Operator" },
  substance: { zh: "介质", en: "Substance" },
  location: { zh: "敷设位置", en: "Lies" },
  levels: { zh: "层数", en: "Storeys" },
  height_m: { zh: "高度", en: "Height", unit: "m" },
  ground_elevation_m: { zh: "地面高程", en: "Ground elevation", unit: "m" },
  base_height_m: { zh: "底部高度", en: "Base height", unit: "m" },
  height_source: { zh: "高度来源", en: "Height is" },
  year_built: { zh: "建成年份", en: "Year built" },
  year_laid: { zh: "敷设年份", en: "Year laid" },
  town_code: { zh: "镇街代码", en: "Town code" },
  village_code: { zh: "村居代码", en: "Village code" },
  grid_code: { zh: "网格编码", en: "Grid code" },
  households: { zh: "户数", en: "Households" },
  width_m: { zh: "宽度", en: "Width", unit: "m" },
  oneway: { zh: "单行", en: "One way" },
  bridge: { zh: "桥梁", en: "Bridge" },
  from_node: { zh: "起点节点", en: "From node" },
  to_node: { zh: "终点节点", en: "To node" },
  node: { zh: "节点", en: "Node" },
  pressure_class: { zh: "压力级别", en: "Pressure class" },
  inlet_class: { zh: "进口压力", en: "Inlet pressure" },
  outlet_class: { zh: "出口压力", en: "Outlet pressure" },
  diameter_mm: { zh: "公称直径", en: "Diameter", unit: "mm" },
  material: { zh: "材质", en: "Material" },
  depth_m: { zh: "埋深", en: "Depth", unit: "m" },
  length_m: { zh: "长度", en: "Length", unit: "m" },
  status: { zh: "状态", en: "State" },
  meters: { zh: "表具数", en: "Meters" },
  hours: { zh: "服务时间", en: "Hours" },
  equipment: { zh: "设备", en: "Equipment" },
  unit: { zh: "单位", en: "Unit" },
  interval_s: { zh: "采集间隔", en: "Interval", unit: "s" },
  bearing_deg: { zh: "朝向", en: "Bearing", unit: "°" },
  fov_deg: { zh: "视场角", en: "Field of view", unit: "°" },
  range_m: { zh: "可视距离", en: "Range", unit: "m" },
  highway: { zh: "道路标签", en: "Highway tag" },
  building: { zh: "建筑标签", en: "Building tag" },
  lanes: { zh: "车道数", en: "Lanes" },
  tunnel: { zh: "隧道", en: "Tunnel" },
  surface: { zh: "路面", en: "Surface" },
  reason: { zh: "隔离原因", en: "Reason" },
};

const VALUES: Record<string, Pair> = {
  // use of buildings, class of gas customers
  residential: { zh: "居住", en: "Residential" },
  commercial: { zh: "商业", en: "Commercial" },
  industrial: { zh: "工业", en: "Industrial" },
  office: { zh: "办公", en: "Office" },
  school: { zh: "学校", en: "School" },
  hospital: { zh: "医院", en: "Hospital" },
  public: { zh: "公共", en: "Public" },
  farm: { zh: "农用", en: "Farm" },
  // roads (a residential road shares its word with residential use and is told apart by ROAD_CLASSES)
  motorway: { zh: "高速公路", en: "Motorway" },
  trunk: { zh: "快速路", en: "Trunk" },
  primary: { zh: "主干路", en: "Primary" },
  secondary: { zh: "次干路", en: "Secondary" },
  tertiary: { zh: "支路", en: "Tertiary" },
  service: { zh: "内部道路", en: "Service" },
  footway: { zh: "步道", en: "Footway" },
  // water
  river: { zh: "江河", en: "River" },
  canal: { zh: "运河", en: "Canal" },
  stream: { zh: "沟溪", en: "Stream" },
  lake: { zh: "湖泊", en: "Lake" },
  sea: { zh: "海域", en: "Sea" },
  // green
  park: { zh: "公园", en: "Park" },
  farmland: { zh: "农田", en: "Farmland" },
  wood: { zh: "林地", en: "Wood" },
  // gas pressure, GB 50028
  low: { zh: "低压", en: "Low" },
  medium_b: { zh: "中压 B", en: "Medium B" },
  medium_a: { zh: "中压 A", en: "Medium A" },
  sub_high_b: { zh: "次高压 B", en: "Sub-high B" },
  sub_high_a: { zh: "次高压 A", en: "Sub-high A" },
  high_b: { zh: "高压 B", en: "High B" },
  high_a: { zh: "高压 A", en: "High A" },
  // states
  open: { zh: "开", en: "Open" },
  closed: { zh: "关", en: "Closed" },
  measured: { zh: "实测", en: "measured" },
  estimated: { zh: "估算", en: "estimated" },
  basic: { zh: "基础网格", en: "Basic" },
  special: { zh: "专属网格", en: "Special" },
  // sensors
  gas: { zh: "燃气", en: "Gas" },
  water_level: { zh: "水位", en: "Water level" },
  air: { zh: "空气", en: "Air" },
  manhole: { zh: "井盖", en: "Manhole" },
  noise: { zh: "噪声", en: "Noise" },
  weather: { zh: "气象", en: "Weather" },
  // places
  city: { zh: "城区", en: "City" },
  town: { zh: "镇街", en: "Town" },
  village: { zh: "村居", en: "Village" },
  poi: { zh: "地点", en: "Place" },
};

/** What heights are above; any other datum keeps the name that its source gave. */
const DATUMS: Record<string, Pair> = {
  unknown: { zh: "未知", en: "unknown" },
  ellipsoidal: { zh: "椭球面", en: "the ellipsoid" },
  "废黄河": { zh: "废黄河", en: "Feihuanghe (废黄河)" },
  "吴淞": { zh: "吴淞", en: "Wusong (吴淞)" },
  "1985 国家高程基准": { zh: "1985 国家高程基准", en: "1985 National Height Datum (1985 国家高程基准)" },
};

const ROAD_CLASSES: Record<string, Pair> = { residential: { zh: "居住区道路", en: "Residential street" } };

/** Columns whose text values are codes with words of their own. */
const CODED = new Set(["use", "class", "category", "status", "height_source", "pressure_class", "inlet_class", "outlet_class"]);

export interface FieldLabel {
  label: string;
  unit: string;
}

export function fieldLabel(column: string): FieldLabel {
  const words = FIELDS[column];
  return { label: words ? words[language()] : column, unit: words?.unit ?? "" };
}

/** The words for a coded value, or the value itself where it has none. */
export function valueLabel(column: string, value: string, kind = ""): string {
  if (!CODED.has(column)) return value;
  const words = (kind === "road" ? ROAD_CLASSES[value] : undefined) ?? VALUES[value];
  return words ? words[language()] : value;
}

/** What the heights of a layer are above, in the page's language. */
export const datumLabel = (datum: string): string => DATUMS[datum]?.[language()] ?? datum;

/**
 * What a feature is called; empty where it has no name. Places of interest have their own name in every language: what stands for them in English is
 * at best what they are.
 */
export function featureName(properties: Record<string, unknown> | null | undefined): string {
  const { name, name_en, code } = (properties ?? {}) as Record<string, unknown>;
  const named = language() === "en" && properties?.["class"] !== "poi" ? name_en || name : name || name_en;
  return String(named || code || "");
}

/** How the numbers of a column may be drawn together: names and codes not at all, and a sum only where it means something. */
export function aggregates(column: string): ("mean" | "sum")[] {
  if (/node|code|(^|_)id$/.test(column)) return [];
  return /year|elevation|height|depth|level|bearing|diameter|width|range|fov|interval|_deg$|lanes|voltage/.test(column) ? ["mean"] : ["mean", "sum"];
}

export const LABELLED_FIELDS: Readonly<Record<string, Pair>> = FIELDS;
export const LABELLED_VALUES: Readonly<Record<string, Pair>> = VALUES;
