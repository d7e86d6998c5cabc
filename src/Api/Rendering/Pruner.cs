namespace Slipway.Api.Rendering;

/// <summary>An object cut to what was asked for: every value is at hand.</summary>
internal sealed record PrunedObject(string Class, string XmlName, IReadOnlyList<(string Name, object? Value)> Properties);

/// <summary>Cuts an object by <c>tree</c> or by <c>depth</c>, with Stapler's rules.</summary>
internal static class Pruner
{
    public static ValueTask<PrunedObject> ByTreeAsync(ApiObject value, TreeExpression tree, CancellationToken cancellation) => CutAsync(value, tree, 0, cancellation);

    public static ValueTask<PrunedObject> ByDepthAsync(ApiObject value, int depth, CancellationToken cancellation) => CutAsync(value, null, 1 - depth, cancellation);

    private static async ValueTask<PrunedObject> CutAsync(ApiObject value, TreeExpression? tree, int level, CancellationToken cancellation)
    {
        var kept = new List<(string, object?)>();
        foreach (var property in value.Properties)
        {
            TreeExpression? below = null;
            if (tree is not null ? !tree.Children.TryGetValue(property.Name, out below) && !tree.Children.TryGetValue("*", out below) : property.Visibility < level)
            {
                continue;
            }

            kept.Add((property.Name, await CutValueAsync(property.Value, below, level + 1, cancellation)));
        }

        return new PrunedObject(value.Class, value.XmlName, kept);
    }

    private static async ValueTask<object?> CutValueAsync(object? value, TreeExpression? tree, int level, CancellationToken cancellation)
    {
        switch (value)
        {
            case LazyValue lazy:
                return await CutValueAsync(await lazy(cancellation), tree, level, cancellation);
            case ApiObject nested:
                return await CutAsync(nested, tree, level, cancellation);
            case IReadOnlyList<object?> list:
                var (from, to) = tree?.Range is { } range ? (Math.Min(range.From, list.Count), Math.Min(range.To, list.Count)) : (0, list.Count);
                var kept = new List<object?>(Math.Max(0, to - from));
                for (var i = from; i < to; i++)
                {
                    kept.Add(await CutValueAsync(list[i], tree, level, cancellation));
                }

                return kept;
            default:
                return value;
        }
    }
}
