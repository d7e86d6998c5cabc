// One cluster for all, and some tests stop its API server or label its node: the others must not run at that time.
[assembly: CollectionBehavior(DisableTestParallelization = true)]
