"""Writers: stored rows in, one format out, streamed."""
