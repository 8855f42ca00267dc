//! What became of a feature between two versions of its layer.

/// One way in which two versions differ in a feature.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ChangeClass {
    /// Only the later version has it.
    Added,
    /// Only the earlier version has it.
    Removed,
    /// Its `height_m` grew.
    Taller,
    /// Its `height_m` shrank.
    Lower,
    /// The same shape lies elsewhere.
    Moved,
    /// Its shape is another one.
    Reshaped,
    /// Other columns differ.
    Attributes,
}

impl ChangeClass {
    /// Every class, the weightiest first: a feature with several goes by the first of them.
    pub const ALL: [Self; 7] =
        [Self::Added, Self::Removed, Self::Taller, Self::Lower, Self::Moved, Self::Reshaped, Self::Attributes];

    /// The name used in bodies.
    pub fn name(self) -> &'static str {
        match self {
            Self::Added => "added",
            Self::Removed => "removed",
            Self::Taller => "taller",
            Self::Lower => "lower",
            Self::Moved => "moved",
            Self::Reshaped => "reshaped",
            Self::Attributes => "attributes",
        }
    }
}

/// A set of classes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ChangeClasses(u8);

impl ChangeClasses {
    /// Adds a class.
    pub fn insert(&mut self, class: ChangeClass) {
        self.0 |= 1 << class as u8;
    }

    /// Whether a class is in it.
    pub fn contains(self, class: ChangeClass) -> bool {
        self.0 >> class as u8 & 1 == 1
    }

    /// Whether both have a class.
    pub fn meets(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    /// Whether no class is in it.
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Its classes, the weightiest first.
    pub fn iter(self) -> impl Iterator<Item = ChangeClass> {
        ChangeClass::ALL.into_iter().filter(move |class| self.contains(*class))
    }
}

impl FromIterator<ChangeClass> for ChangeClasses {
    fn from_iter<I: IntoIterator<Item = ChangeClass>>(classes: I) -> Self {
        let mut set = Self::default();
        classes.into_iter().for_each(|class| set.insert(class));
        set
    }
}

/// By what the feature of one version was found in the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MatchedBy {
    /// The source's key, `source_id`.
    Key,
    /// The feature id, which the city file keeps.
    Id,
    /// The share of their areas that both cover.
    Overlap,
}

impl MatchedBy {
    /// The name used in bodies.
    pub fn name(self) -> &'static str {
        match self {
            Self::Key => "source_id",
            Self::Id => "id",
            Self::Overlap => "overlap",
        }
    }
}

/// A feature as one version has it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct VersionedFeature {
    /// Its position in the features of that version.
    pub position: u32,
    /// Geodesic area, square metres; none of points and lines.
    pub area_m2: Option<f64>,
    /// Its `height_m`.
    pub height_m: Option<f64>,
}

/// What became of one feature; at least one of `earlier` and `later` is there.
#[derive(Clone, Debug, PartialEq)]
pub struct FeatureChange {
    /// In the earlier version.
    pub earlier: Option<VersionedFeature>,
    /// In the later version.
    pub later: Option<VersionedFeature>,
    /// In what it changed; never empty.
    pub classes: ChangeClasses,
    /// How the two were found to be one; none of what was added or removed.
    pub matched_by: Option<MatchedBy>,
    /// Where two areas differ: the area both cover over the area either covers, 0 to 1.
    pub overlap: Option<f64>,
    /// Where the shapes differ: the geodesic distance between their centroids, metres.
    pub moved_m: Option<f64>,
    /// Columns that differ, `height_m` aside: their positions in the earlier and the later schema.
    pub columns: Vec<(usize, usize)>,
}
