//! How data comes in: formats, datums, repair, privacy, report.
