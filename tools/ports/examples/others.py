"""Networks in the manner of PyTorch's examples that take numbers or graphs: regression, actor and critic, GCN, GAT."""

import torch
import torch.nn.functional as F
from torch import nn, optim


class Polynomial(nn.Module):
    """A polynomial of the third degree, fitted to the sine."""

    def __init__(self) -> None:
        super().__init__()
        self.a = nn.Parameter(torch.randn(()))
        self.b = nn.Parameter(torch.randn(()))
        self.c = nn.Parameter(torch.randn(()))
        self.d = nn.Parameter(torch.randn(()))

    def forward(self, x):
        return self.a + self.b * x + self.c * x**2 + self.d * x**3


def sine_loss(output, x):
    return F.smooth_l1_loss(output, torch.sin(x))


def sgd(model):
    return optim.SGD(model.parameters(), lr=1e-3)


class Policy(nn.Module):
    """Both actor and critic in one model."""

    def __init__(self) -> None:
        super().__init__()
        self.affine1 = nn.Linear(4, 16)
        self.dropout = nn.Dropout(p=0.6)
        self.action_head = nn.Linear(16, 2)
        self.value_head = nn.Linear(16, 1)

    def forward(self, x, action, reward):
        x = F.relu(self.dropout(self.affine1(x)))
        action_prob = F.softmax(self.action_head(x), dim=-1)
        state_values = self.value_head(x)
        return action_prob, state_values


def actor_critic_loss(output, action, reward):
    """What the finished episode has cost: the policy's loss by the advantage, and the critic's."""
    probs, values = output
    log_prob = torch.distributions.Categorical(probs, validate_args=False).log_prob(action)
    advantage = reward - values.squeeze(1).detach()
    policy_loss = -log_prob * advantage
    value_loss = F.smooth_l1_loss(values.squeeze(1), reward, reduction="none")
    return policy_loss.sum() + value_loss.sum()


def adam(model):
    return optim.Adam(model.parameters(), lr=3e-2)


class GraphConv(nn.Module):
    def __init__(self, input_dim: int, output_dim: int, use_bias: bool = False) -> None:
        super().__init__()
        self.kernel = nn.Parameter(torch.Tensor(input_dim, output_dim))
        nn.init.xavier_normal_(self.kernel)
        self.bias = None
        if use_bias:
            self.bias = nn.Parameter(torch.Tensor(output_dim))
            nn.init.zeros_(self.bias)

    def forward(self, input_tensor, adj_mat):
        support = torch.mm(input_tensor, self.kernel)
        output = torch.spmm(adj_mat, support)
        if self.bias is not None:
            output = output + self.bias
        return output


class GraphConvolution(nn.Module):
    """Graph convolutional network."""

    def __init__(self, input_dim: int = 12, hidden_dim: int = 8, output_dim: int = 4) -> None:
        super().__init__()
        self.gc1 = GraphConv(input_dim, hidden_dim, use_bias=True)
        self.gc2 = GraphConv(hidden_dim, output_dim, use_bias=True)
        self.dropout = nn.Dropout(0.5)

    def forward(self, input_tensor, adj_mat):
        x = self.gc1(input_tensor, adj_mat)
        x = F.relu(x)
        x = self.dropout(x)
        x = self.gc2(x, adj_mat)
        return F.log_softmax(x, dim=1)


def graph_loss(output):
    """The nodes' classes are their numbers, over and over."""
    labels = torch.arange(output.size(0), device=output.device) % output.size(1)
    return F.nll_loss(output, labels)


def decaying_adam(model):
    return optim.Adam(model.parameters(), lr=0.01, weight_decay=5e-4)


class GraphAttentionLayer(nn.Module):
    def __init__(
        self,
        in_features: int,
        out_features: int,
        n_heads: int,
        concat: bool = False,
        dropout: float = 0.4,
        leaky_relu_slope: float = 0.2,
    ) -> None:
        super().__init__()
        self.n_heads = n_heads
        self.concat = concat
        self.dropout = dropout
        self.n_hidden = out_features // n_heads if concat else out_features
        self.W = nn.Parameter(torch.empty(size=(in_features, self.n_hidden * n_heads)))
        self.a = nn.Parameter(torch.empty(size=(n_heads, 2 * self.n_hidden, 1)))
        self.leakyrelu = nn.LeakyReLU(leaky_relu_slope)
        self.softmax = nn.Softmax(dim=1)
        self.reset_parameters()

    def reset_parameters(self):
        nn.init.xavier_normal_(self.W)
        nn.init.xavier_normal_(self.a)

    def _get_attention_scores(self, h_transformed):
        source_scores = torch.matmul(h_transformed, self.a[:, : self.n_hidden, :])
        target_scores = torch.matmul(h_transformed, self.a[:, self.n_hidden :, :])
        return self.leakyrelu(source_scores + target_scores.mT)

    def forward(self, h, adj_mat):
        n_nodes = h.shape[0]
        h_transformed = torch.mm(h, self.W)
        h_transformed = F.dropout(h_transformed, self.dropout, training=self.training)
        h_transformed = h_transformed.view(n_nodes, self.n_heads, self.n_hidden).permute(1, 0, 2)
        e = self._get_attention_scores(h_transformed)
        connectivity_mask = -9e16 * torch.ones_like(e)
        e = torch.where(adj_mat > 0, e, connectivity_mask)
        attention = F.softmax(e, dim=-1)
        attention = F.dropout(attention, self.dropout, training=self.training)
        h_prime = torch.matmul(attention, h_transformed)
        if self.concat:
            return h_prime.permute(1, 0, 2).contiguous().view(n_nodes, self.n_heads * self.n_hidden)
        return h_prime.mean(dim=0)


class GraphAttention(nn.Module):
    """Graph attention network."""

    def __init__(self, in_features: int = 12, n_hidden: int = 8, n_heads: int = 4) -> None:
        super().__init__()
        self.gat1 = GraphAttentionLayer(in_features, n_hidden, n_heads, concat=True)
        self.gat2 = GraphAttentionLayer(n_hidden, 4, 1, concat=False)

    def forward(self, input_tensor, adj_mat):
        x = self.gat1(input_tensor, adj_mat)
        x = F.elu(x)
        x = self.gat2(x, adj_mat)
        return F.log_softmax(x, dim=1)


def graph():
    """Nodes with features, and which of them are neighbours."""
    neighbours = (torch.rand(9, 9) < 0.3).float()
    adjacency = ((neighbours + neighbours.T + torch.eye(9)) > 0).float()
    return torch.randn(9, 12), adjacency
