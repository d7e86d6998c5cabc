namespace Slipway.Store.Contract;

/// <summary>A program that writes to a store, tells what was confirmed, and is killed by the test that started it.</summary>
public static class Victim
{
    public static async Task<int> RunAsync(IStoreUnderTest underTest, string[] args)
    {
        await Task.CompletedTask;
        return 2;
    }
}
