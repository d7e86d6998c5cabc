using Slipway.Model;
using Slipway.Store.Runs;
using Slipway.Store.Sqlite.Connections;

namespace Slipway.Store.Sqlite.Runs;

internal sealed class SqliteMilestoneStore(Database database) : IMilestoneStore
{
    public Task<int?> PassAsync(JobId job, int ordinal, int number, CancellationToken cancellation = default) => database.WriteAsync(
        s =>
        {
            var newest = (int?)s.Number("SELECT max(number) FROM milestones WHERE job = ?1 AND ordinal >= ?2", job.Value, ordinal);
            if (newest > number)
            {
                return newest;
            }

            s.Execute(
                "INSERT INTO milestones (job, ordinal, number) VALUES (?1, ?2, ?3) ON CONFLICT (job, ordinal) DO UPDATE SET number = max(number, excluded.number)",
                job.Value, ordinal, number);
            return null;
        },
        cancellation);
}
