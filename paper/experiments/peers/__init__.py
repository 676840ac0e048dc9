"""Systems of the classifier comparison, one a file; each imports its own libraries only when it is used."""
