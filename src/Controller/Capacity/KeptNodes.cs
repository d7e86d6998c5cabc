using Slipway.Model;
using Slipway.Provisioning;

namespace Slipway.Controller.Capacity;

/// <summary>A node that waits for work.</summary>
/// <param name="Folder">Who has used it; null for a spare one.</param>
/// <param name="IsOffered">Its cloud still takes work, and has its template as it was when the node was made.</param>
internal sealed record KeptNode(string Name, ICloud Cloud, NodeReuse Reuse, JobPath? Folder, DateTimeOffset Created, DateTimeOffset IdleSince, bool IsOffered);

/// <summary>A template of which some nodes are to be ready at all times.</summary>
/// <param name="Ready">How many there are that nobody has used, those that are being started among them.</param>
/// <param name="NotBefore">After a failure the next try waits until then.</param>
internal sealed record SpareTemplate(ICloud Cloud, NodeTemplate Template, int Ready, DateTimeOffset NotBefore)
{
    /// <summary>Nodes for work that is waited for, which their cloud does not count yet: a spare one must not take their room.</summary>
    public int OnTheirWay { get; init; }
}

/// <param name="Ends">Waited too long, grew too old, or are not offered any more.</param>
/// <param name="Spares">One for each node to start.</param>
/// <param name="Next">When time alone will ask for something; null: never.</param>
internal sealed record KeepingPlan(IReadOnlyList<KeptNode> Ends, IReadOnlyList<SpareTemplate> Spares, DateTimeOffset? Next);

/// <summary>The decisions about nodes that stay for further work (DESIGN D6): which to keep, whom to give them to, when to end them, how many to make ahead. Changes nothing.</summary>
internal static class KeptNodes
{
    /// <summary>Whether a node whose block has ended well may wait for another one.</summary>
    /// <param name="waiting">How many of its kind wait already, or are about to.</param>
    public static bool MayStay(NodeReuse? reuse, DateTimeOffset created, int waiting, DateTimeOffset now) =>
        reuse is not null && (reuse.Idle > TimeSpan.Zero || reuse.MinIdle > 0) && now - created < reuse.MaxAge && waiting < Math.Max(reuse.MaxIdle, reuse.MinIdle);

    /// <summary>The node for work of that folder: one that the folder has used already before a fresh one, which may serve anybody; the longest idle first.</summary>
    public static IdleOffer? Choose(IEnumerable<IdleOffer> idle, ICloud cloud, NodeReuse reuse, JobPath folder) =>
        idle.Where(i => ReferenceEquals(i.Cloud, cloud) && i.ReuseKey == reuse.Key && (i.Folder is null || i.Folder == folder)).MinBy(i => i.Folder is null);

    public static KeepingPlan Plan(IEnumerable<KeptNode> nodes, IEnumerable<SpareTemplate> spares, DateTimeOffset now)
    {
        DateTimeOffset? next = null;
        List<KeptNode> ends = [];
        foreach (var kind in nodes.GroupBy(n => (n.Cloud, n.Reuse.Key)))
        {
            var stay = kind.Count();
            foreach (var node in kind.OrderBy(n => n.IdleSince))
            {
                var tooOld = node.Created + node.Reuse.MaxAge;
                var tooIdle = node.IdleSince + node.Reuse.Idle;
                var isSpareToOthers = stay > node.Reuse.MinIdle;
                if (!node.IsOffered || tooOld <= now || (isSpareToOthers && tooIdle <= now))
                {
                    ends.Add(node);
                    stay--;
                }
                else
                {
                    next = Earlier(next, isSpareToOthers && tooIdle < tooOld ? tooIdle : tooOld);
                }
            }
        }

        List<SpareTemplate> starts = [];
        foreach (var spare in spares)
        {
            if (spare.NotBefore > now)
            {
                next = Earlier(next, spare.NotBefore);
                continue;
            }

            var ready = spare.Ready - ends.Count(e => ReferenceEquals(e.Cloud, spare.Cloud) && e.Reuse.Key == spare.Template.Reuse!.Key && e.Folder is null);
            for (var planned = 0; ready + planned < spare.Template.Reuse!.MinIdle && spare.Cloud.Observed.IsCompleted && spare.Cloud.WhyNotNow(spare.Template, spare.OnTheirWay + planned, spare.OnTheirWay + planned) is null; planned++)
            {
                starts.Add(spare);
            }
        }

        return new KeepingPlan(ends, starts, next);
    }

    private static DateTimeOffset Earlier(DateTimeOffset? one, DateTimeOffset other) => one is { } known && known < other ? known : other;
}
