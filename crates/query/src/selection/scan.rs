//! Testing candidates in the order of ids, on one core until the page is full or on all of them.

use super::{
    Answer, Selection,
    candidates::{Candidate, Candidates, candidates, page_start},
    spatial_test::PreparedSpatial,
};
use crate::{LayerSnapshot, QueryError};
use rayon::prelude::*;

/// Candidates tested between two looks at the clock, and by one task; some 100 µs of cheap tests.
const CHUNK: usize = 1024;

/// From how many candidates on all cores work.
const PARALLEL_CANDIDATES: usize = 4 * CHUNK;

pub(super) fn answer(layer: &LayerSnapshot, selection: &Selection) -> Result<Answer, QueryError> {
    selection.cancel.check()?;
    let spatial = PreparedSpatial::new(selection.spatial.as_ref());
    let candidates = candidates(layer, selection, &spatial);
    let len = match &candidates {
        Candidates::From(first) => layer.features().len() - *first as usize,
        Candidates::Listed(listed) => listed.len(),
    };
    let candidate = |index: usize| match &candidates {
        Candidates::From(first) => Candidate::new(first + index as u32, true),
        Candidates::Listed(listed) => listed[index],
    };
    let features = layer.features();
    let filter = selection.filter.as_ref().map(|filter| filter.bind(features, len));
    // Attributes first where both are asked: a comparison costs nanoseconds, a geometry microseconds.
    let tested = |range: std::ops::Range<usize>| -> Result<Vec<u32>, QueryError> {
        selection.cancel.check()?;
        let test = spatial.test();
        let filter_test = filter.as_ref().map(|filter| filter.test());
        let mut pace = selection.cancel.pace();
        let mut found = Vec::new();
        for candidate in range.map(candidate) {
            let position = candidate.position() as usize;
            // A shape of a million vertices takes as long as a million points.
            let is_shape_read = !candidate.is_sure() || filter_test.as_ref().is_some_and(|filter| filter.reads_shapes());
            pace.steps(if is_shape_read { features.geometry(position).lonlat().len() } else { 1 })?;
            let matches = filter_test.as_ref().is_none_or(|filter| filter.matches(position));
            if matches && (candidate.is_sure() || test.holds(features.geometry(position))) {
                found.push(candidate.position());
            }
        }
        Ok(found)
    };
    let chunks = len.div_ceil(CHUNK);
    let chunk = |index: usize| tested(index * CHUNK..((index + 1) * CHUNK).min(len));
    let limit = selection.limit.unwrap_or(usize::MAX);
    let first_shown = page_start(layer, selection);
    let mut answer = Answer::default();
    let (mut matched, mut on_later_pages) = (0u64, 0);
    let mut add = |found: Vec<u32>| {
        matched += found.len() as u64;
        for position in found.into_iter().skip_while(|position| *position < first_shown) {
            if answer.positions.len() < limit {
                answer.positions.push(position);
            } else {
                on_later_pages += 1;
            }
        }
        on_later_pages > 0 && !selection.counted
    };
    let mut is_cut = false;
    let parallel = len >= PARALLEL_CANDIDATES;
    // A page needs few chunks; take as many at once as there are cores, and stop when it is full.
    let step = match (parallel, limit == usize::MAX || selection.counted) {
        (true, true) => chunks.max(1),
        (true, false) => rayon::current_num_threads(),
        (false, _) => 1,
    };
    for first in (0..chunks).step_by(step) {
        let group = first..(first + step).min(chunks);
        is_cut = if parallel {
            let found: Vec<Vec<u32>> = group.into_par_iter().map(chunk).collect::<Result<_, _>>()?;
            // No short circuit: every chunk must be added, or positions would be missing in the middle.
            found.into_iter().fold(false, |cut, found| add(found) | cut)
        } else {
            add(chunk(first)?)
        };
        if is_cut {
            break;
        }
    }
    answer.more = on_later_pages > 0;
    answer.matched = (!is_cut && (selection.counted || first_shown == 0)).then_some(matched);
    Ok(answer)
}
