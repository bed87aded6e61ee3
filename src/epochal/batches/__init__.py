"""Arrays, generators and data sets as blocks of batches where an engine reads them."""
