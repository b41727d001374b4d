"""The report for management: one value (``assemble``), shown as a web page, PDF, XLSX, CSV and JSON, all from it."""
