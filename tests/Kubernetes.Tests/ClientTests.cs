using System.Diagnostics.Metrics;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Slipway.Kubernetes.Api;
using Slipway.Kubernetes.Connecting;

namespace Slipway.Kubernetes.Tests;

public sealed class ClientTests : IAsyncLifetime
{
    private FakeApiServer _server = null!;
    private KubernetesClient _client = null!;

    public async ValueTask InitializeAsync()
    {
        _server = await FakeApiServer.StartAsync();
        _client = new KubernetesClient(_server.Connection());
    }

    public async ValueTask DisposeAsync()
    {
        _client.Dispose();
        await _server.DisposeAsync();
    }

    [Fact]
    public async Task A_request_that_the_server_puts_off_is_sent_again_after_the_pause_it_asked_for()
    {
        _server.Next(_ => true, context =>
        {
            context.Response.Headers.RetryAfter = "1";
            return FakeApiServer.Refuse(context, 429, "TooManyRequests", "storage is (re)initializing");
        });
        var since = TimeProvider.System.GetTimestamp();

        await _client.CreateAsync(ResourceType.Pods, "ci", Waiting.Named("patient", "Pod"), Waiting.Limit());

        Assert.True(TimeProvider.System.GetElapsedTime(since) >= TimeSpan.FromSeconds(0.95));
        Assert.Equal(2, _server.Requests.Count);
    }

    [Fact]
    public async Task A_pause_longer_than_we_wait_is_the_callers_to_know()
    {
        _server.Next(_ => true, context =>
        {
            context.Response.Headers.RetryAfter = "120";
            return FakeApiServer.Refuse(context, 429, "TooManyRequests", "busy");
        });

        var failure = await Assert.ThrowsAsync<KubernetesException>(() => _client.GetAsync(ResourceType.Pods, "ci", "x", Waiting.Limit()));

        Assert.Equal(TimeSpan.FromMinutes(2), failure.RetryAfter);
        Assert.True(failure.IsTransient);
        Assert.Single(_server.Requests);
    }

    [Fact]
    public async Task A_full_quota_is_recognised()
    {
        _server.Next(_ => true, context => FakeApiServer.Refuse(context, 403, "Forbidden", "pods \"x\" is forbidden: exceeded quota: small, requested: pods=1, used: pods=5, limited: pods=5"));

        var failure = await Assert.ThrowsAsync<KubernetesException>(() => _client.CreateAsync(ResourceType.Pods, "ci", Waiting.Named("x", "Pod"), Waiting.Limit()));

        Assert.True(failure.IsQuotaExceeded);
        Assert.False(failure.IsTransient);
    }

    [Fact]
    public async Task A_creation_that_lost_the_race_for_the_quota_is_transient_and_one_that_lost_its_name_is_not()
    {
        _server.Next(_ => true, context => FakeApiServer.Refuse(context, 409, "Conflict", "Operation cannot be fulfilled on resourcequotas \"small\": the object has been modified"));

        var failure = await Assert.ThrowsAsync<KubernetesException>(() => _client.CreateAsync(ResourceType.Pods, "ci", Waiting.Named("x", "Pod"), Waiting.Limit()));

        Assert.True(failure.IsTransient);
    }

    [Fact]
    public async Task An_invalid_object_is_refused_with_every_cause()
    {
        var details = JsonNode.Parse("""{"causes":[{"reason":"FieldValueRequired","message":"Required value","field":"spec.containers"},{"reason":"FieldValueInvalid","message":"Invalid value","field":"metadata.name"}]}""")!.AsObject();
        _server.Next(_ => true, context => FakeApiServer.Refuse(context, 422, "Invalid", "Pod \"x\" is invalid", details));

        var failure = await Assert.ThrowsAsync<KubernetesException>(() => _client.CreateAsync(ResourceType.Pods, "ci", Waiting.Named("x", "Pod"), Waiting.Limit()));

        Assert.Equal(["spec.containers", "metadata.name"], failure.Causes.Select(cause => cause.Field));
        Assert.False(failure.IsTransient);
    }

    [Fact]
    public async Task A_proxys_page_is_named_and_not_taken_for_an_answer()
    {
        _server.Next(_ => true, context =>
        {
            context.Response.StatusCode = 502;
            return context.Response.WriteAsync("<html>Bad\ngateway</html>");
        });
        _server.Next(_ => true, context => context.Response.WriteAsync("<html>Welcome</html>"));

        var failure = await Assert.ThrowsAsync<KubernetesException>(() => _client.GetAsync(ResourceType.Pods, "ci", "x", Waiting.Limit()));
        var misled = await Assert.ThrowsAsync<KubernetesException>(() => _client.GetAsync(ResourceType.Pods, "ci", "x", Waiting.Limit()));

        Assert.Contains("shows a web page (HTTP 502, 'Bad gateway')", failure.Message, StringComparison.Ordinal);
        Assert.True(failure.IsTransient);
        Assert.Contains("is no Kubernetes API server", misled.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_list_whose_continue_token_expires_is_read_again_in_one_piece()
    {
        foreach (var index in Enumerable.Range(0, 5))
        {
            _server.Put("pods", "ci", Waiting.Named($"p{index}", "Pod"));
        }

        _server.Next(request => request.Query.ContainsKey("continue"), context => FakeApiServer.Refuse(context, 410, "Expired", "The provided continue parameter is too old"));

        var list = await _client.ListAsync(ResourceType.Pods, "ci", new Selection { PageSize = 2 }, Waiting.Limit());

        Assert.Equal(5, list.Items.Count);
        Assert.Equal(3, _server.Requests.Count);
    }

    [Fact]
    public async Task A_creation_whose_answer_does_not_come_is_of_unknown_outcome_and_a_read_is_not()
    {
        using var impatient = new KubernetesClient(_server.Connection(readTimeout: TimeSpan.FromMilliseconds(200)));
        _server.Next(_ => true, context => Task.Delay(Timeout.Infinite, context.RequestAborted).ContinueWith(_ => { }, TaskScheduler.Default));
        _server.Next(_ => true, context => { context.Abort(); return Task.CompletedTask; });

        var creation = await Assert.ThrowsAsync<KubernetesException>(() => impatient.CreateAsync(ResourceType.Pods, "ci", Waiting.Named("x", "Pod"), Waiting.Limit()));
        var read = await Assert.ThrowsAsync<KubernetesException>(() => impatient.GetAsync(ResourceType.Pods, "ci", "x", Waiting.Limit()));

        Assert.True(creation.IsOutcomeUnknown);
        Assert.Contains("read time-out", creation.Message, StringComparison.Ordinal);
        Assert.False(read.IsOutcomeUnknown);
        Assert.True(read.IsTransient);
    }

    [Fact]
    public async Task Nobody_listening_is_transient_and_names_the_address()
    {
        var address = _server.Address;
        await _server.DisposeAsync();

        var failure = await Assert.ThrowsAsync<KubernetesException>(() => _client.GetAsync(ResourceType.Pods, "ci", "x", Waiting.Limit()));

        Assert.True(failure.IsTransient);
        Assert.False(failure.IsOutcomeUnknown);
        Assert.Contains(address.ToString(), failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_callers_cancellation_is_a_cancellation()
    {
        using var cancelled = new CancellationTokenSource();
        _server.Next(_ => true, async context =>
        {
            await cancelled.CancelAsync();
            await Task.Delay(Timeout.Infinite, context.RequestAborted).ContinueWith(_ => { }, TaskScheduler.Default);
        });

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => _client.GetAsync(ResourceType.Pods, "ci", "x", cancelled.Token));
    }

    [Fact]
    public async Task Requests_beyond_the_limit_wait_and_are_counted_and_watches_take_no_place()
    {
        var waits = 0L;
        using var listener = new MeterListener { InstrumentPublished = (instrument, self) => { if (instrument.Name == "slipway.kubernetes.limiter.waits") { self.EnableMeasurementEvents(instrument); } } };
        listener.SetMeasurementEventCallback<long>((_, value, _, _) => Interlocked.Add(ref waits, value));
        listener.Start();
        using var narrow = new KubernetesClient(_server.Connection(maxRequests: 2));
        await using var watch = narrow.WatchAsync(ResourceType.Pods, "ci", null, "100", TimeSpan.FromMinutes(1), Waiting.Limit()).GetAsyncEnumerator(Waiting.Limit());
        var first = watch.MoveNextAsync();
        await Waiting.UntilAsync(() => _server.OpenWatches == 1);
        var release = new TaskCompletionSource();
        var (running, most) = (0, 0);
        foreach (var _ in Enumerable.Range(0, 6))
        {
            _server.Next(_ => true, async context =>
            {
                most = Math.Max(most, Interlocked.Increment(ref running));
                await release.Task;
                Interlocked.Decrement(ref running);
                await FakeApiServer.Refuse(context, 404, "NotFound", "not found");
            });
        }

        var requests = Enumerable.Range(0, 6).Select(index => narrow.FindAsync(ResourceType.Pods, "ci", $"p{index}", Waiting.Limit())).ToList();
        await Waiting.UntilAsync(() => Volatile.Read(ref running) == 2);
        release.SetResult();
        await Task.WhenAll(requests);

        Assert.Equal(2, most);
        Assert.True(Interlocked.Read(ref waits) >= 4);
        _server.Put("pods", "ci", Waiting.Named("seen", "Pod"));
        Assert.True(await first);
    }

    [Fact]
    public async Task A_log_is_read_as_it_comes_and_asked_for_as_selected()
    {
        var more = new TaskCompletionSource();
        _server.Next(_ => true, async context =>
        {
            await context.Response.WriteAsync("first\n");
            await context.Response.Body.FlushAsync();
            await more.Task;
            await context.Response.WriteAsync("second\n");
        });

        await using var log = await _client.OpenLogAsync("ci", "builder", new LogSelection { Container = "maven", IsFollowed = true, TailLines = 10, IsPrevious = true }, Waiting.Limit());
        using var reader = new StreamReader(log, Encoding.UTF8);

        Assert.Equal("first", await reader.ReadLineAsync(Waiting.Limit()));
        more.SetResult();
        Assert.Equal("second\n", await reader.ReadToEndAsync(Waiting.Limit()));
        Assert.Equal("?container=maven&follow=true&previous=true&tailLines=10", _server.Requests.Last().Query);
    }

    [Fact]
    public async Task Names_and_selectors_cannot_leave_their_place_in_the_address()
    {
        await _client.FindAsync(ResourceType.Pods, "ci", "secrets?x=1", Waiting.Limit());
        await _client.ListAsync(ResourceType.Pods, "ci", new Selection("a=b&limit=1"), Waiting.Limit());

        Assert.DoesNotContain(_server.Requests, request => request.Path.EndsWith("/secrets", StringComparison.Ordinal));
        Assert.Contains("labelSelector=a%3Db%26limit%3D1", _server.Requests.Last().Query, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("..")]
    [InlineData(".")]
    [InlineData("")]
    [InlineData("kube-system/pods")]
    [InlineData("../x")]
    [InlineData("a%2Fb")]
    [InlineData("a\\b")]
    [InlineData("a\nb")]
    public async Task What_the_server_could_take_for_another_path_is_sent_by_no_request(string name)
    {
        await Assert.ThrowsAsync<ArgumentException>(() => _client.FindAsync(ResourceType.Pods, name, "x", Waiting.Limit()));
        await Assert.ThrowsAsync<ArgumentException>(() => _client.DeleteAsync(ResourceType.Pods, "ci", name, Waiting.Limit()));
        await Assert.ThrowsAsync<ArgumentException>(() => _client.ReadLogTailAsync("ci", name, "main", 10, Waiting.Limit()));
        await Assert.ThrowsAsync<ArgumentException>(() => _client.ExecAsync(name, "pod", "main", ["true"], Waiting.Limit()));
        Assert.Throws<ArgumentException>(() => new Watching.ResourceWatcher(_client, ResourceType.Pods, name, new Watching.WatcherOptions(), Microsoft.Extensions.Logging.Abstractions.NullLogger.Instance));

        Assert.Empty(_server.Requests);
    }

    [Fact]
    public async Task A_token_that_was_replaced_in_its_file_is_used_at_once()
    {
        var file = Path.Combine(Path.GetTempPath(), $"slipway-token-{Guid.NewGuid():n}");
        await File.WriteAllTextAsync(file, "old\n", Waiting.Limit());
        try
        {
            _server.Tokens = ["old"];
            _server.Put("pods", "ci", Waiting.Named("x", "Pod"));
            using var client = new KubernetesClient(_server.Connection(new ClusterCredential { TokenFile = file }));
            await client.GetAsync(ResourceType.Pods, "ci", "x", Waiting.Limit());

            await File.WriteAllTextAsync(file, "new\n", Waiting.Limit());
            _server.Tokens = ["new"];
            await client.GetAsync(ResourceType.Pods, "ci", "x", Waiting.Limit());
            _server.Tokens = [];
            var failure = await Assert.ThrowsAsync<KubernetesException>(() => client.GetAsync(ResourceType.Pods, "ci", "x", Waiting.Limit()));

            Assert.Equal(["Bearer old", "Bearer old", "Bearer new", "Bearer new"], _server.Requests.Select(request => request.Authorization));
            Assert.True(failure.IsUnauthorized);
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Fact]
    public async Task Rights_are_matched_with_wildcards_subresources_and_names()
    {
        var rules = await _client.ListRulesAsync("ci", Waiting.Limit());

        Assert.True(rules.Allows(new AccessQuestion("get", "pods", "ci", Subresource: "log")));
        Assert.False(rules.Allows(new AccessQuestion("create", "pods", "ci", Subresource: "exec")));
        Assert.False(rules.Allows(new AccessQuestion("get", "secrets", "ci")));
        Assert.True(rules.Allows(new AccessQuestion("get", "secrets", "ci", Name: "mine")));
        Assert.False((await _client.CanAsync(new AccessQuestion("get", "secrets", "ci"), Waiting.Limit())).IsAllowed);
    }
}

public sealed class TlsTests
{
    private readonly TestCertificates _certificates = new();

    [Fact]
    public async Task The_clusters_own_authority_and_a_client_certificate_connect()
    {
        await using var server = await FakeApiServer.StartAsync(_certificates.Server(), _certificates.Authority);
        var (certificate, key) = _certificates.Client("builder");
        using var client = new KubernetesClient(new ExplicitConnection { Server = server.Address.ToString(), CertificateAuthority = _certificates.AuthorityPem, ClientCertificate = certificate, ClientKey = key }.Connect());

        await client.ProbeAsync(Waiting.Limit());

        Assert.Contains("CN=builder", server.Requests.Single().ClientCertificate!, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Another_authority_no_authority_and_another_name_are_refused_before_anything_is_sent()
    {
        await using var server = await FakeApiServer.StartAsync(_certificates.Server());
        await using var misnamed = await FakeApiServer.StartAsync(_certificates.Server(withLoopback: false));
        (ExplicitConnection Attempt, string Reason)[] attempts =
        [
            (new() { Server = server.Address.ToString(), CertificateAuthority = new TestCertificates().AuthorityPem, Token = "secret" }, "and not by the CA that is given"),
            (new() { Server = server.Address.ToString(), Token = "secret" }, "which this machine does not trust. Give the certificate of that CA"),
            (new() { Server = misnamed.Address.ToString(), CertificateAuthority = _certificates.AuthorityPem, Token = "secret" }, "and not for '127.0.0.1'"),
        ];
        foreach (var (attempt, reason) in attempts)
        {
            using var client = new KubernetesClient(attempt.Connect());

            var failure = await Assert.ThrowsAsync<KubernetesException>(() => client.ProbeAsync(Waiting.Limit()));

            Assert.Contains("no TLS connection", failure.Message, StringComparison.Ordinal);
            Assert.Contains(reason, failure.Message, StringComparison.Ordinal);
            Assert.DoesNotContain("RemoteCertificateValidationCallback", failure.Message, StringComparison.Ordinal);
            Assert.False(failure.IsTransient);
        }

        Assert.Empty(server.Requests);
        Assert.Empty(misnamed.Requests);
    }

    [Fact]
    public async Task SkipTlsVerify_and_a_server_name_do_what_they_say()
    {
        await using var misnamed = await FakeApiServer.StartAsync(_certificates.Server(withLoopback: false));
        using var skipping = new KubernetesClient(new ExplicitConnection { Server = misnamed.Address.ToString(), SkipTlsVerify = true }.Connect());
        using var named = new KubernetesClient(new ExplicitConnection { Server = misnamed.Address.ToString(), CertificateAuthority = _certificates.AuthorityPem, TlsServerName = "kubernetes" }.Connect());

        await skipping.ProbeAsync(Waiting.Limit());
        await named.ProbeAsync(Waiting.Limit());

        Assert.Equal(2, misnamed.Requests.Count);
    }
}
