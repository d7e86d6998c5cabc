namespace Slipway.Api.Rendering;

/// <summary>An object cut to what was asked for: every value is at hand.</summary>
internal sealed record PrunedObject(string? Class, string XmlName, IReadOnlyList<(string Name, object? Value)> Properties);

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

            // The star stands for what is shown of its own accord.
            if (tree is not null && property.Visibility == ApiProperty.OnlyByName && !tree.Children.ContainsKey(property.Name))
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
            case LazyList list:
                return await CutItemsAsync(await list(tree?.Range ?? TreeRange.All, cancellation), tree, level, cancellation);
            case ApiObject nested:
                return await CutAsync(nested, tree, level, cancellation);
            case IReadOnlyList<object?> list:
                return await CutItemsAsync((tree?.Range ?? TreeRange.All).Of(list), tree, level, cancellation);
            default:
                return value;
        }
    }

    private static async ValueTask<IReadOnlyList<object?>> CutItemsAsync(IReadOnlyList<object?> items, TreeExpression? tree, int level, CancellationToken cancellation)
    {
        var kept = new List<object?>(items.Count);
        foreach (var item in items)
        {
            kept.Add(await CutValueAsync(item, tree?.WithoutRange(), level, cancellation));
        }

        return kept;
    }
}
