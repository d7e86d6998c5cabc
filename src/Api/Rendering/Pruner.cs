namespace Slipway.Api.Rendering;

/// <summary>An object cut to what was asked for: every value is at hand.</summary>
internal sealed record PrunedObject(string? Class, string XmlName, IReadOnlyList<(string Name, object? Value)> Properties);

/// <summary>
/// Cuts an object by <c>tree</c> or by <c>depth</c>, with Stapler's rules. What would be cut too large is refused: a number in a URL must not make the server read all that it has.
/// </summary>
internal sealed class Pruner
{
    private const int MostValues = 2_000_000;
    private readonly CancellationToken _cancellation;
    private int _values;

    private Pruner(CancellationToken cancellation) => _cancellation = cancellation;

    /// <exception cref="FormatException">Too much was asked for.</exception>
    public static ValueTask<PrunedObject> ByTreeAsync(ApiObject value, TreeExpression tree, CancellationToken cancellation) => new Pruner(cancellation).CutAsync(value, tree, 0);

    /// <exception cref="FormatException">Too much was asked for.</exception>
    public static ValueTask<PrunedObject> ByDepthAsync(ApiObject value, int depth, CancellationToken cancellation) => new Pruner(cancellation).CutAsync(value, null, 1 - depth);

    private async ValueTask<PrunedObject> CutAsync(ApiObject value, TreeExpression? tree, int level)
    {
        var kept = new List<(string, object?)>();
        foreach (var property in value.Properties)
        {
            if (IsShown(property, tree, level, out var below))
            {
                kept.Add((property.Name, await CutValueAsync(property.Value, below, level + 1)));
            }
        }

        return new PrunedObject(value.Class, value.XmlName, kept);
    }

    private static bool IsShown(ApiProperty property, TreeExpression? tree, int level, out TreeExpression? below)
    {
        below = null;
        if (tree is null)
        {
            return property.Visibility >= level;
        }

        // The star stands for what is shown of its own accord.
        return tree.Children.TryGetValue(property.Name, out below) || (property.Visibility != ApiProperty.OnlyByName && tree.Children.TryGetValue("*", out below));
    }

    private async ValueTask<object?> CutValueAsync(object? value, TreeExpression? tree, int level)
    {
        if (++_values > MostValues)
        {
            throw new FormatException($"The answer would hold more than {MostValues} values. Ask for less: name what is wanted with tree=…, with ranges such as builds[number]{{0,50}}.");
        }

        return value switch
        {
            LazyValue lazy => await CutValueAsync(await lazy(_cancellation), tree, level),
            LazyList list => await CutItemsAsync(await list(tree?.Range ?? TreeRange.All, _cancellation), tree, level),
            ApiObject nested => await CutAsync(nested, tree, level),
            IReadOnlyList<object?> list => await CutItemsAsync((tree?.Range ?? TreeRange.All).Of(list), tree, level),
            _ => value,
        };
    }

    private async ValueTask<IReadOnlyList<object?>> CutItemsAsync(IReadOnlyList<object?> items, TreeExpression? tree, int level)
    {
        var ofItem = tree?.WithoutRange();
        var kept = new List<object?>(items.Count);
        foreach (var item in items)
        {
            kept.Add(await CutValueAsync(item, ofItem, level));
        }

        return kept;
    }
}
