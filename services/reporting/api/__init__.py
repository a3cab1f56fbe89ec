"""HTTP interface of reporting: figures as JSON and CSV."""
